import { readFileSync } from 'node:fs';
import { awsTarget, Outputs } from './aws_target.ts';
import { describeService } from './spec.ts';

const file = process.env.BUNDLE_ADVISOR_OUTPUTS ?? 'cdk.out/outputs.json';
const [outputs] = Object.values(JSON.parse(readFileSync(file, 'utf8')));

describeService(async () => awsTarget(Outputs.parse(outputs), process.env));
