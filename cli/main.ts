/**
 * The `bundle-advisor` command. Parses arguments, calls one function per command, maps errors to one sentence and
 * an exit code. Long work can be stopped with Ctrl-C; progress goes to standard error, results to standard output.
 */
import { createRequire, enableCompileCache } from 'node:module';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CommandError, EXIT } from './exit_codes.ts';
import { terminalLanguage } from './terminal.ts';

const EXIT_CODES = `
Exit codes:
  0  done
  1  --fail-on matched; verify: evidence does not match; knowledge check: a fault
  2  wrong usage
  3  a bundle could not be read (the others were analysed all the same)
  4  the service could not be reached, refused, or did not judge a case in time`;

/** Errors of `shared/` that a wrong file or setting of the user causes; their messages are for people. */
const FAULTS_OF_THE_USER: ReadonlySet<string> = new Set(['KnowledgeError', 'LimitsError']);

/** The package's version, whether run from `cli/` or compiled from `dist/cli/`. */
function version(): string {
  const manifest = createRequire(import.meta.url)(
    `${import.meta.url.includes('/dist/') ? '../..' : '..'}/package.json`,
  );
  return String(manifest.version);
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

function wholeBetween(least: number, most: number): (value: string) => number {
  return (value) => {
    const n = Number(value);
    if (!Number.isInteger(n) || n < least || n > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return n;
  };
}

function httpUrl(value: string): string {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw new InvalidArgumentError('It must be an http or https URL.');
  }
  return value.replace(/\/+$/, '');
}

function program(signal: AbortSignal, finish: (code: number) => void): Command {
  const language = terminalLanguage(process.env);
  const command = new Command('bundle-advisor')
    .description(
      'Reads LifeKeeper/DataKeeper support bundles and says who is affected by the md/raid1 partial resync defect,\nwhat happened to each mirror, how the cluster is fenced, and what to do next.',
    )
    .version(version())
    .showHelpAfterError('(run with --help for usage)')
    .exitOverride()
    .addHelpText('after', EXIT_CODES);

  const langOption = () =>
    new Option('--lang <language>', 'language of the summary').choices(['ja', 'en']).default(language);
  const knowledgeOption = () =>
    new Option('--knowledge <dir>', 'folder with further advisories (repeatable)')
      .argParser(collect)
      .default([], 'none');
  const apiOption = () =>
    new Option('--api <url>', 'base URL of the service')
      .env('BUNDLE_ADVISOR_API')
      .argParser(httpUrl)
      .makeOptionMandatory();
  const tokenOption = () =>
    new Option('--token <token>', 'bearer token of the service').env('BUNDLE_ADVISOR_TOKEN');
  const iamOption = () =>
    new Option('--iam', 'sign requests with the AWS credentials of the environment instead').default(false);

  command
    .command('analyze')
    .summary('analyse bundles on this machine, without any service')
    .description(
      'Analyses the bundles of one cluster together: tar (gz, xz, bz2, zst), zip, or a bare lifekeeper.log.',
    )
    .argument('<file...>', 'support bundles of the nodes of one cluster')
    .option('--json', 'print the analysis document instead of a summary', false)
    .option('--out <dir>', 'write advisories (in Japanese and English) and analysis.json there')
    .option(
      '--formats <list>',
      'what --out writes: html, md, pdf, bilingual, csaf, openvex, sarif, csv, …',
      'html,md,pdf',
    )
    .addOption(langOption())
    .option('--timezone <zone>', 'zone of nodes whose bundle does not tell', 'Asia/Tokyo')
    .addOption(
      new Option(
        '--fail-on <verdict>',
        'exit 1 when the case is so; cannot_determine includes affected',
      ).choices(['affected', 'cannot_determine']),
    )
    .option('--confirmations <file>', 'operator confirmations (JSON list) that re-judge the mirrors')
    .option('--expect-node <host>', 'a node that must be among the bundles (repeatable)', collect, [])
    .addOption(knowledgeOption())
    .addHelpText(
      'after',
      `
Examples:
  bundle-advisor analyze node1.tar.gz node2.tar.gz
  bundle-advisor analyze --json node*.tar.xz | jq '.nodes[].affectedness.verdict'
  bundle-advisor analyze --out report --lang ja case-1234/*.zip
  bundle-advisor analyze --fail-on affected nightly/*.tar.gz || echo "look at it"
${EXIT_CODES}`,
    )
    .action(async (files: string[], options) => {
      const { analyze } = await import('./commands/analyze.ts');
      finish(await analyze(files, { ...options, expectedNodes: options.expectNode }, signal));
    });

  command
    .command('verify')
    .summary('check the evidence of an analysis against the original bundles')
    .argument('<analysis>', 'analysis.json, as printed by analyze --json')
    .argument('<file...>', 'the original bundles; recognised by their SHA-256, whatever their names')
    .option('--json', 'print the result as JSON', false)
    .addHelpText(
      'after',
      '\nExample:\n  bundle-advisor verify report/analysis.json node1.tar.gz node2.tar.gz',
    )
    .action(async (analysis: string, files: string[], options) => {
      const { verify } = await import('./commands/verify.ts');
      finish(await verify(analysis, files, options.json, signal));
    });

  command
    .command('upload')
    .summary('upload bundles to a service, wait, and print the verdicts')
    .argument('<file...>', 'support bundles of the nodes of one cluster')
    .addOption(apiOption())
    .addOption(tokenOption())
    .addOption(iamOption())
    .option('--case <id>', 'add to this case; a new one otherwise')
    .option('--title <title>', 'title of the new case')
    .option('--timezone <zone>', 'zone of nodes whose bundle does not tell (new case)', 'Asia/Tokyo')
    .option(
      '--part-mib <n>',
      'files above this many MiB go in parts, which can be resumed',
      wholeBetween(5, 5_120),
      64,
    )
    .option('--no-wait', 'return as soon as everything is uploaded')
    .option('--json', 'print the case as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  bundle-advisor upload node1.tar.gz node2.tar.gz --api http://127.0.0.1:8787
  bundle-advisor upload node3.tar.gz --api https://advisor.example.com --case 01J… --no-wait
${EXIT_CODES}`,
    )
    .action(async (files: string[], options) => {
      const { upload } = await import('./commands/upload.ts');
      finish(await upload(files, options, signal));
    });

  command
    .command('reanalyze')
    .summary('have a service judge its cases again, after new knowledge was deployed')
    .description(
      'Judges again every case that was judged with other knowledge than the service has now, and prints whose verdict\nchanged. No upload is needed, and old reports stay in force until the new ones are made. Stopped, the same command\ngoes on.',
    )
    .addOption(apiOption())
    .addOption(tokenOption())
    .addOption(iamOption())
    .option('--dry-run', 'only say which cases it would be', false)
    .option('--all', 'also cases judged with the same knowledge: after a change of the program', false)
    .option('--in-flight <n>', 'cases judged at the same time', wholeBetween(1, 100), 20)
    .option('--timeout <seconds>', 'give cases up when none ended for so long', wholeBetween(1, 86_400), 600)
    .option('--cursor <cursor>', 'with --all: where a stopped command goes on')
    .option('--json', 'print the cases before and after as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  bundle-advisor reanalyze --api https://advisor.example.com --dry-run
  bundle-advisor reanalyze --api https://abc123.execute-api.eu-west-1.amazonaws.com/v1 --iam
  bundle-advisor reanalyze --api https://advisor.example.com --json | jq '.cases[] | select(.before.verdict != .after.verdict)'
${EXIT_CODES}`,
    )
    .action(async (options) => {
      const { reanalyze } = await import('./commands/reanalyze.ts');
      finish(await reanalyze(options, signal));
    });

  const knowledge = command
    .command('knowledge')
    .summary('look at the rules, messages and procedures the verdicts rest on');
  knowledge
    .command('list')
    .summary('all entries, one a line')
    .addOption(langOption())
    .addOption(knowledgeOption())
    .option('--json', 'print as JSON', false)
    .action(async (options) => {
      const { list } = await import('./commands/knowledge.ts');
      finish(await list(options));
    });
  knowledge
    .command('show')
    .summary('one entry whole, with its texts and sources')
    .argument('<id>')
    .addOption(langOption())
    .addOption(knowledgeOption())
    .option('--json', 'print as JSON', false)
    .action(async (id: string, options) => {
      const { show } = await import('./commands/knowledge.ts');
      finish(await show(id, options));
    });
  knowledge
    .command('check')
    .summary('check the shipped knowledge, or folders of further advisories')
    .argument('[dir...]')
    .action(async (directories: string[]) => {
      const { check } = await import('./commands/knowledge.ts');
      finish(await check(directories));
    });
  knowledge
    .command('schema')
    .summary('JSON Schema of a knowledge file, for editors')
    .action(async () => {
      const { schema } = await import('./commands/knowledge.ts');
      finish(await schema());
    });
  return command;
}

async function main(): Promise<number> {
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  process.once('SIGTERM', () => interrupt.abort());
  let code: number = EXIT.ok;
  try {
    await program(interrupt.signal, (answer) => {
      code = answer;
    }).parseAsync();
    return code;
  } catch (error) {
    if (interrupt.signal.aborted) {
      process.stderr.write('\nStopped.\n');
      return EXIT.interrupted;
    }
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof CommandError) {
      process.stderr.write(`${error.message}\n`);
      return error.exitCode;
    }
    if (error instanceof Error && FAULTS_OF_THE_USER.has(error.name)) {
      process.stderr.write(`${error.message}\n`);
      return EXIT.usage;
    }
    if (process.env.BUNDLE_ADVISOR_DEBUG) throw error;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `bundle-advisor stopped on an error of its own: ${message} (BUNDLE_ADVISOR_DEBUG=1 shows where)\n`,
    );
    return EXIT.usage;
  }
}

// Commands are imported on demand; compiled code is kept between runs, in Node's own cache folder.
enableCompileCache();
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});
process.exitCode = await main();
