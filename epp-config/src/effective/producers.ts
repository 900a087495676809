import type { DataKeySpec } from '../catalog/data-key-catalog';
import { addInstance, type Draft, type DraftPlugin, isOfKind } from '../draft';
import { listNames, show } from '../json';
import { dataKeySpec, inputsOf, outputsOf, type PreciseProducer, type ResolvedInput, type ResolvedOutput } from './data-keys-of';
import { producerOrder } from './producer-order';

/** Who writes and reads what. */
export interface DataFlow {
  readonly inputs: Map<DraftPlugin, readonly ResolvedInput[]>;
  readonly outputs: Map<DraftPlugin, readonly ResolvedOutput[]>;
  /** Writers by key id. */
  readonly writers: Map<string, DraftPlugin[]>;
  /** Producer names by key. */
  readonly producersOf: Map<string, string[]>;
  readonly precise: PreciseProducer;
}

/**
 * Creates the producers which required data lacks, until nothing is missing, checks the rest and returns the data producers
 * in the order in which they must run.
 */
export function dataProducers(draft: Draft): readonly string[] {
  const [precise, second] = draft.plugins.filter((instance) => instance.spec.type === 'precise-prefix-cache-producer');
  if (precise !== undefined && second !== undefined) rejectPreciseScorers(draft, [precise.name, second.name]);
  const flow: DataFlow = { inputs: new Map(), outputs: new Map(), writers: new Map(), producersOf: new Map(), precise };
  for (const instance of draft.plugins) register(flow, instance);
  let unchecked: readonly DraftPlugin[] = [...draft.plugins];
  while (unchecked.length > 0) {
    const missing = unchecked.flatMap((consumer) => requiredButMissing(flow, consumer));
    unchecked = createMissing(draft, flow, missing);
  }
  warnUnread(draft, flow);
  warnOptional(draft, flow);
  return producerOrder(draft, flow);
}

interface Missing {
  readonly consumer: DraftPlugin;
  readonly input: ResolvedInput;
}

function register(flow: DataFlow, instance: DraftPlugin): void {
  flow.inputs.set(instance, inputsOf(instance, flow.precise));
  const outputs = outputsOf(instance, flow.precise);
  flow.outputs.set(instance, outputs);
  for (const { id, key, producer } of outputs) {
    const writers = flow.writers.get(id);
    if (writers !== undefined) {
      writers.push(instance);
      continue;
    }
    flow.writers.set(id, [instance]);
    const producers = flow.producersOf.get(key);
    if (producers === undefined) flow.producersOf.set(key, [producer]);
    else producers.push(producer);
  }
}

function requiredButMissing(flow: DataFlow, consumer: DraftPlugin): readonly Missing[] {
  const inputs = flow.inputs.get(consumer) ?? [];
  return inputs.filter((input) => !input.optional && !flow.writers.has(input.id)).map((input) => ({ consumer, input }));
}

/** One pass: every key without a default producer is an error even if a plugin created in the same pass would write it. */
function createMissing(draft: Draft, flow: DataFlow, missing: readonly Missing[]): readonly DraftPlugin[] {
  const created: DraftPlugin[] = [];
  for (const { consumer, input } of missing) {
    const spec = dataKeySpec(input.key);
    if (!isCreated(spec, draft) || input.producer !== spec.defaultProducer) {
      reportUnproduced(draft, flow, consumer, input);
    } else if (!created.some((instance) => instance.name === input.producer)) {
      const instance = createProducer(draft, consumer, input);
      if (instance !== undefined) created.push(instance);
    }
  }
  for (const instance of created) register(flow, instance);
  return created;
}

function isCreated(spec: DataKeySpec | undefined, { extended }: Draft): spec is DataKeySpec {
  return spec?.createdOnDemand === true || (spec?.createdOnDemand === 'extended' && extended);
}

function createProducer(draft: Draft, consumer: DraftPlugin, input: ResolvedInput): DraftPlugin | undefined {
  const type = input.producer;
  const taken = draft.byName.get(type);
  if (taken !== undefined) {
    const message = `${label(consumer)} reads ${input.key} of a default producer ${show(type)}, but that name belongs to a plugin of type ${show(taken.spec.type)}; rename that plugin`;
    draft.issues.add('EPP086', at(consumer, input), message);
    return undefined;
  }
  if (type === 'session-id-producer') {
    draft.issues.add(
      'EPP086',
      at(consumer, input),
      `${label(consumer)} reads ${input.key}, whose default producer cannot start without parameters; declare a plugin of type ${show(type)} with headerName or cookieName`,
    );
    return undefined;
  }
  return addInstance(draft, type, 'producer');
}

function reportUnproduced(draft: Draft, flow: DataFlow, consumer: DraftPlugin, input: ResolvedInput): void {
  const { issues } = draft;
  if (input.parameterPath !== undefined) {
    const named = draft.byName.get(input.producer);
    const fitting = flow.producersOf.get(input.key) ?? [];
    const state = named === undefined ? 'is not declared' : `of type ${show(named.spec.type)} does not produce ${input.key}`;
    const choice = fitting.length === 0 ? 'declare a producer of that name' : `producers of it are ${listNames(fitting)}`;
    issues.add(
      'EPP081',
      input.parameterPath,
      `producer ${show(input.producer)} ${state}${issues.suggest(input.producer, fitting) || `, ${choice}`}`,
    );
    return;
  }
  const remedy = input.producer === '' ? 'declare a plugin that produces it' : `declare a plugin of type ${show(input.producer)}`;
  issues.add(
    'EPP080',
    at(consumer, input),
    `${label(consumer)} reads ${input.key}, which no plugin produces and for which there is no default producer; ${remedy}`,
  );
}

function warnOptional({ issues, plugins }: Draft, flow: DataFlow): void {
  // A producer that the router added is nothing the user could configure.
  for (const consumer of plugins.filter((instance) => instance.origin === 'declared')) {
    for (const input of flow.inputs.get(consumer) ?? []) {
      if (!input.optional || flow.writers.has(input.id)) continue;
      issues.add(
        'EPP084',
        at(consumer, input),
        `${label(consumer)} finds no producer ${show(input.producer)} of ${input.key} and does without; declare one or ignore this`,
      );
    }
  }
}

/** Typical of a renamed producer: its consumers still read another one, perhaps a default that was created for them. */
function warnUnread({ issues, plugins }: Draft, flow: DataFlow): void {
  const read = new Set([...flow.inputs.values()].flatMap((inputs) => inputs.map((input) => input.id)));
  for (const instance of plugins) {
    const outputs = flow.outputs.get(instance) ?? [];
    if (instance.origin !== 'declared' || !isOfKind(instance, 'producer') || outputs.length === 0) continue;
    if (isOfKind(instance, 'scorer') || outputs.some((output) => read.has(output.id))) continue;
    const keys = outputs.map((output) => output.key).join(' and ');
    issues.add(
      'EPP085',
      instance.path,
      `no plugin reads ${keys} of ${show(instance.name)}, name it in the producer name parameter of a consumer or remove it`,
    );
  }
}

function rejectPreciseScorers({ issues, plugins }: Draft, producers: readonly string[]): void {
  for (const instance of plugins) {
    if (instance.spec.type !== 'precise-prefix-cache-scorer') continue;
    issues.add(
      'EPP010',
      instance.path,
      `${show(instance.name)} cannot choose between the producers ${listNames(producers)}, use prefix-cache-scorer with prefixMatchInfoProducerName`,
    );
  }
}

function at(consumer: DraftPlugin, input: ResolvedInput): string {
  return input.parameterPath ?? (consumer.path || 'plugins');
}

function label(consumer: DraftPlugin): string {
  return consumer.name === consumer.spec.type ? show(consumer.name) : `${show(consumer.name)} of type ${show(consumer.spec.type)}`;
}
