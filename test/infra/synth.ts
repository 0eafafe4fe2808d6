import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type Settings, settingsFromContext } from '../../infra/settings.ts';
import { AdvisorStack } from '../../infra/stacks/advisor_stack.ts';

const cdk: { context: Record<string, unknown> } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8'),
);

/** The stack as it would be deployed; the functions' code is bundled only when told where to put it. */
export function synthesise(
  settings: Partial<Omit<Settings, 'knowledge'>> & { knowledge?: string } = {},
  outdir?: string,
): {
  app: App;
  stack: AdvisorStack;
  template: Template;
} {
  const app = new App({
    context: {
      ...cdk.context,
      ...(outdir === undefined ? { 'aws:cdk:bundling-stacks': [] } : {}),
      ...settings,
    },
    analyticsReporting: false,
    ...(outdir === undefined ? {} : { outdir }),
  });
  const chosen = settingsFromContext((name) => app.node.tryGetContext(name));
  const stack = new AdvisorStack(app, chosen.stackName, chosen);
  return { app, stack, template: Template.fromStack(stack) };
}
