import { App } from 'aws-cdk-lib';
import { settingsFromContext } from './settings.ts';
import { AdvisorStack } from './stacks/advisor_stack.ts';

const app = new App();
const settings = settingsFromContext((name) => app.node.tryGetContext(name));
new AdvisorStack(app, settings.stackName, settings);
