import { Option, type Command } from 'commander';
import { checkCriteria, CriteriaSchema, measuredOf, type Criteria } from '../../../contract/criteria.ts';
import { CalibrantError } from '../../../contract/errors.ts';
import { evaluationSummary } from '../evaluation-summary.ts';
import { runJob } from '../job.ts';
import { addData, addJson, addSamples, addTask, dataOf, percentage, readJson, type DataFlags, type SampleFlags } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { NegativeVerdict } from '../verdict.ts';

type Flags = Partial<DataFlags> & SampleFlags & { against?: string; criteria?: string; gate?: true; stated?: number; profile?: true; json?: true };

export function addEvaluate(program: Command, terminal: Terminal): void {
  const command = program
    .command('evaluate <model>')
    .description('accuracy and latency of a model, alone or beside another one')
    .option('--against <model>', 'the float model to compare with, on the same images');
  addTask(addSamples(addData(command)))
    .option('--criteria <file>', 'what the model must not fall short of; exit code 3 when it does')
    .option('--gate', 'tries other preprocessings where the accuracy looks wrong')
    .addOption(new Option('--stated <percent>', 'the top-1 that the model should have, for --gate').argParser(percentage('--stated')))
    .option('--profile', 'which kernels ran, and what each cost');
  addJson(command).action(async (model: string, flags: Flags) => {
    if (flags.stated !== undefined && !flags.gate) throw new CalibrantError('usage-bad-value', '--stated says what --gate compares with; give both.');
    const criteria = flags.criteria === undefined ? null : await readCriteria(terminal.path(flags.criteria));
    const data = await dataOf(flags, terminal, 'evaluate');
    const result = await runJob<'evaluate'>(
      {
        kind: 'evaluate',
        model: terminal.path(model),
        ...(flags.against === undefined ? {} : { against: terminal.path(flags.against) }),
        data,
        skipSamples: flags.skipSamples ?? 0,
        samples: flags.samples,
        ...(flags.gate ? { gate: { stated: flags.stated ?? null } } : {}),
        ...(flags.profile ? { profile: true } : {}),
      },
      terminal,
    );
    const checks = criteria ? checkCriteria(criteria, measuredOf(result)) : [];
    terminal.result(flags.json ? JSON.stringify(criteria ? { ...result, criteria: checks } : result) : evaluationSummary(result, checks));
    if (checks.some(({ met }) => met !== true)) throw new NegativeVerdict();
  });
}

async function readCriteria(path: string): Promise<Criteria> {
  const criteria = await readJson(path, CriteriaSchema, 'criteria-invalid', 'criteria');
  if (Object.values(criteria).some((limit) => limit !== null)) return criteria;
  throw new CalibrantError('criteria-invalid', `The criteria in ${path} ask for nothing; set at least one of ${Object.keys(criteria).join(', ')}.`);
}
