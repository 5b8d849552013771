import { Command, CommanderError } from 'commander';
import { VERSIONS } from '../../app/index.ts';
import { CalibrantError } from '../../contract/errors.ts';
import { failureOf } from '../failure.ts';
import { addDiagnose } from './commands/diagnose.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addInspect } from './commands/inspect.ts';
import { addProjects } from './commands/projects.ts';
import { addQuantize } from './commands/quantize.ts';
import { addReport } from './commands/report.ts';
import { addRuns } from './commands/runs.ts';
import { addSample } from './commands/sample.ts';
import { addServe } from './commands/serve.ts';
import { notYet } from './options.ts';
import type { Terminal } from './terminal.ts';
import { NegativeVerdict } from './verdict.ts';

const COMMANDS = [addInspect, addQuantize, addEvaluate, addDiagnose, addDoctor, addProjects, addRuns, addServe, addSample, addReport];
/** Known by name, so that a script learns that it is early rather than mistaken. */
const PLANNED = ['check', 'convert', 'export', 'verify', 'devices'];

function createProgram(terminal: Terminal): Command {
  const program = new Command('calibrant')
    .description('Quantizes neural networks on this machine, and measures what that costs.')
    .version(VERSIONS.version)
    .exitOverride()
    // Errors are printed by `run`, in one form for all.
    .configureOutput({ writeOut: (text) => terminal.result(text.trimEnd()), writeErr: () => undefined })
    .helpCommand(false);
  for (const add of COMMANDS) add(program, terminal);
  for (const name of PLANNED) {
    program
      .command(`${name} [words...]`, { hidden: true })
      .allowUnknownOption()
      .action(() => {
        throw notYet(`"calibrant ${name}"`);
      });
  }
  return program;
}

/** Runs one command line to its end and returns the exit code: 0 done, 1 failed, 2 wrong usage or unreadable input, 3 done with a negative verdict. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    if (thrown instanceof CommanderError && thrown.code === 'commander.help') {
      terminal.note(program.helpInformation().trimEnd());
      return 2;
    }
    if (thrown instanceof NegativeVerdict) return 3;
    const { line, exitCode } = failureOf(thrown instanceof CommanderError ? usageError(thrown) : thrown);
    terminal.note(line);
    return exitCode;
  }
}

function usageError({ code, message }: CommanderError): CalibrantError {
  const text = message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}; "calibrant --help" and "calibrant COMMAND --help" list what there is.`;
  if (code === 'commander.unknownCommand') return new CalibrantError('usage-unknown-command', sentence);
  return new CalibrantError(/unknownOption|excessArguments/.test(code) ? 'usage-unknown-option' : 'usage-bad-value', sentence);
}
