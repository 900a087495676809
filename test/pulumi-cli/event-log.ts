/** What Pulumi did with one resource, or would do. */
export interface Step {
  /** `create`, `update`, `same`, `delete`, `replace`, … */
  readonly op: string;
  readonly urn: string;
  /** Last part of the URN. */
  readonly name: string;
  readonly type: string;
  /** Changed fields, sorted: `spec.replicas`. */
  readonly changed: readonly string[];
  /** As the engine shows them, secrets masked. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface Events {
  readonly steps: readonly Step[];
  /** How many resources ended in which way: `{ same: 12 }`. */
  readonly summary: Readonly<Record<string, number>>;
  /** Errors and warnings, without colours. */
  readonly messages: readonly string[];
}

interface StepMetadata {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly detailedDiff: Readonly<Record<string, unknown>> | null;
  readonly diffs?: readonly string[];
  readonly new: { readonly inputs: Readonly<Record<string, unknown>> } | null;
}

interface EngineEvent {
  readonly resourcePreEvent?: { readonly metadata: StepMetadata };
  readonly summaryEvent?: { readonly resourceChanges: Readonly<Record<string, number>> };
  readonly diagnosticEvent?: { readonly severity: string; readonly message: string; readonly ephemeral?: boolean };
}

/** Reads the engine's events, one JSON text a line. Steps on the stack itself and on providers are left out. */
export function readEvents(text: string): Events {
  const events = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as EngineEvent);
  const steps = events
    .flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? [])
    .filter(({ type }) => !type.startsWith('pulumi:'))
    .map(stepOf);
  const summary = Object.assign({}, ...events.map(({ summaryEvent }) => summaryEvent?.resourceChanges)) as Record<string, number>;
  const messages = events
    .flatMap(({ diagnosticEvent }) => diagnosticEvent ?? [])
    .filter(({ severity, ephemeral }) => ephemeral !== true && (severity === 'error' || severity === 'warning'))
    // Colours are written as <{%red%}>.
    .map(({ severity, message }) => `${severity}: ${message.replace(/<\{%.*?%\}>/g, '').trim()}`);
  return { steps, summary, messages };
}

function stepOf(metadata: StepMetadata): Step {
  const { op, urn, type, detailedDiff, diffs } = metadata;
  const changed = detailedDiff === null ? (diffs ?? []) : Object.keys(detailedDiff);
  return { op, urn, type, name: nameOf(urn), changed: [...changed].sort(), inputs: metadata.new?.inputs ?? {} };
}

const nameOf = (urn: string): string => urn.split('::').slice(3).join('::');
