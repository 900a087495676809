import * as pulumi from '@pulumi/pulumi';

/** One resource as the engine is asked to register it. */
export interface Registration {
  readonly urn: string;
  /** Type token, e.g. `kubernetes:apps/v1:Deployment`. */
  readonly token: string;
  readonly name: string;
  /** False for components. */
  readonly custom: boolean;
  /** Plain values: secrets without their wrapping, and `UNKNOWN` for what a preview does not know. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Places of `inputs` that hold a secret, e.g. `metadata.namespace`. */
  readonly secrets: readonly string[];
  /** Places of `inputs` that are unknown. */
  readonly unknowns: readonly string[];
  /** URN; undefined for a resource of the program itself. */
  readonly parent: string | undefined;
  /** URNs. */
  readonly dependencies: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly customTimeouts: { readonly create?: string; readonly update?: string; readonly delete?: string };
  /** URNs, or `{ name, type, parent }`. */
  readonly aliases: readonly unknown[];
  /** `<urn>::<id>` of the provider; empty for the default one. */
  readonly provider: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly importId: string;
  readonly version: string;
  readonly additionalSecretOutputs: readonly string[];
}

/** What stands in `inputs` where the value is not known. */
export const UNKNOWN = '(unknown)';

/** How a program is run. */
export interface RunOptions {
  /** True: outputs made by {@link unknownOutput} stay unknown, and resources have no ids. */
  readonly preview?: boolean;
  readonly stack?: string;
  readonly project?: string;
  /** State of a resource beyond its inputs. */
  readonly state?: (token: string, name: string, inputs: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

/** What a program did. */
export interface ProgramRun<T> {
  readonly result: T;
  /** In the order in which the engine saw them. */
  readonly registrations: readonly Registration[];
  /** Outputs of components, by URN; plain values. */
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** The registration of a name (of any token); throws when there is none or several. */
  named(name: string): Registration;
  /** Kubernetes resources, without providers. */
  readonly objects: readonly Registration[];
}

/**
 * Runs a program against Pulumi's mocks and waits until the engine has seen everything that follows from it. When the program throws,
 * the error is thrown on after what it had registered before is there: see {@link runFailing}.
 */
export async function runProgram<T>(program: () => T | Promise<T>, options: RunOptions = {}): Promise<ProgramRun<T>> {
  const { run, error } = await record(program, options);
  if (error !== undefined) {
    throw error;
  }
  return run as ProgramRun<T>;
}

/** Runs a program that must throw: its error, and what was registered all the same. */
export async function runFailing(program: () => unknown, options: RunOptions = {}): Promise<{ error: Error; run: ProgramRun<unknown> }> {
  const { run, error } = await record(program, options);
  if (error === undefined) {
    throw new Error('the program was to fail and did not');
  }
  return { error, run };
}

/**
 * Runs a program as the automation API runs an inline one: below a stack resource and in a store of its own, so that several can run at
 * once (`automation/server.js` of the SDK). `result` is what it returns.
 */
export function runInline<T>(program: () => T | Promise<T>, options: RunOptions = {}): Promise<ProgramRun<T>> {
  return state.withLocalStorage(() =>
    runProgram(async () => {
      let result: { readonly of: T } | undefined;
      await pulumi.runtime.runInPulumiStack(async () => {
        result = { of: await program() };
        return {};
      });
      return (result as { readonly of: T }).of;
    }, options),
  );
}

// Not in its types: only the SDK's own automation API and provider server are to use it.
const state = require('@pulumi/pulumi/runtime/state') as { withLocalStorage<T>(run: () => T): T };

async function record<T>(program: () => T | Promise<T>, options: RunOptions): Promise<{ run: ProgramRun<T | undefined>; error?: Error }> {
  // The SDK takes down the stack of every promise that it makes, and jest, which asks for 100 lines, maps each line to its source: most of
  // the time of a run. Two lines still say where an error comes from.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 2;
  try {
    return await recordProgram(program, options);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function recordProgram<T>(
  program: () => T | Promise<T>,
  options: RunOptions,
): Promise<{ run: ProgramRun<T | undefined>; error?: Error }> {
  const registrations: Registration[] = [];
  const outputs = new Map<string, Readonly<Record<string, unknown>>>();
  await startMocks(options, registrations, outputs);
  let result: T | undefined;
  let error: Error | undefined;
  try {
    result = await program();
  } catch (thrown) {
    error = thrown as Error;
  }
  await settle(() => registrations.length + outputs.size);
  const run: ProgramRun<T | undefined> = {
    result,
    registrations,
    outputs,
    named: (name) => {
      const found = registrations.filter((one) => one.name === name);
      if (found.length !== 1) {
        throw new Error(`${found.length} resources are named "${name}", of ${registrations.map((one) => one.name).join(', ')}`);
      }
      return found[0] as Registration;
    },
    objects: registrations.filter(({ token }) => token.startsWith('kubernetes:')),
  };
  return error === undefined ? { run } : { run, error };
}

async function startMocks(
  { preview = false, stack = 'test', project = 'project', state }: RunOptions,
  registrations: Registration[],
  outputs: Map<string, Readonly<Record<string, unknown>>>,
): Promise<void> {
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ type, name, inputs }) => ({
      id: preview ? '' : `${name}-id`,
      state: { ...inputs, ...state?.(type, name, inputs) },
    }),
    call: ({ inputs }) => inputs,
  };
  await pulumi.runtime.setMocks(mocks, project, stack, preview);
  // The mocks see inputs without their secrets, and no options; the requests to the engine have both.
  const monitor = (pulumi.runtime as unknown as { getMonitor(): Monitor }).getMonitor();
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) =>
    register(request, (problem, response) => {
      if (problem === null) {
        registrations.push(registrationFrom(request, response.getUrn()));
      }
      callback(problem, response);
    });
  const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback) => {
    outputs.set(request.getUrn(), unwrap(request.getOutputs()?.toJavaScript() ?? {}, '', new Places()) as Record<string, unknown>);
    registerOutputs(request, callback);
  };
}

/**
 * Waits until no request is under way and none follows. `disconnect` waits for those that have begun; resources that an output's `apply`
 * makes begin in a later turn of the event loop, so it is asked until a turn has brought nothing more.
 */
async function settle(seen: () => number): Promise<void> {
  for (let before = -1; before !== seen(); ) {
    before = seen();
    await pulumi.runtime.disconnect();
    await new Promise((resolve) => setImmediate(resolve));
    await pulumi.runtime.disconnect();
  }
}

/** An output that a preview does not know. */
export function unknownOutput(value: string): pulumi.Output<string> {
  const Output = pulumi.Output as unknown as OutputConstructor;
  const known = !pulumi.runtime.isDryRun();
  return new Output(new Set(), Promise.resolve(value), Promise.resolve(known), Promise.resolve(false), Promise.resolve(new Set()));
}

/** The value of an output, as a promise; undefined while it is unknown. */
export function outputValue<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  return (output as unknown as { promise(): Promise<T | undefined> }).promise();
}

/** The error that an output ends in; throws when it has a value. */
export async function outputFailure(output: pulumi.Output<unknown>): Promise<Error> {
  // What an output knows of itself are promises of their own, each of which fails as well.
  const { isKnown, isSecret, allResources } = output as unknown as Record<string, Promise<unknown> | (() => Promise<unknown>)>;
  const own = [isKnown, isSecret, typeof allResources === 'function' ? allResources.call(output) : allResources];
  await Promise.allSettled(own);
  return outputValue(output).then(
    (value) => {
      throw new Error(`the output was to fail and is ${JSON.stringify(value)}`);
    },
    (error: Error) => error,
  );
}

/** True for an output that holds a secret. */
export function isSecretOutput(output: pulumi.Output<unknown>): Promise<boolean> {
  return pulumi.isSecret(output) as Promise<boolean>;
}

type OutputConstructor = new (
  resources: Set<never>,
  promise: Promise<string>,
  isKnown: Promise<boolean>,
  isSecret: Promise<boolean>,
  allResources: Promise<Set<never>>,
) => pulumi.Output<string>;

interface Struct {
  toJavaScript(): Readonly<Record<string, unknown>>;
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getObject(): Struct | undefined;
  getParent(): string;
  getDependenciesList(): readonly string[];
  getIgnorechangesList(): readonly string[];
  getCustomtimeouts(): { getCreate(): string; getUpdate(): string; getDelete(): string } | undefined;
  getAliasesList(): readonly { toObject(): { urn: string; spec?: unknown } }[];
  getAliasurnsList(): readonly string[];
  getProvider(): string;
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
  getImportid(): string;
  getVersion(): string;
  getAdditionalsecretoutputsList(): readonly string[];
}

interface OutputsRequest {
  getUrn(): string;
  getOutputs(): Struct | undefined;
}

interface Monitor {
  registerResource(request: RegisterRequest, callback: (problem: Error | null, response: { getUrn(): string }) => void): void;
  registerResourceOutputs(request: OutputsRequest, callback: (problem: Error | null, response: object) => void): void;
}

function registrationFrom(request: RegisterRequest, urn: string): Registration {
  const places = new Places();
  const inputs = unwrap(request.getObject()?.toJavaScript() ?? {}, '', places) as Readonly<Record<string, unknown>>;
  const given = request.getCustomtimeouts();
  const timeouts = { create: given?.getCreate(), update: given?.getUpdate(), delete: given?.getDelete() };
  return {
    urn,
    token: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs,
    secrets: places.secrets,
    unknowns: places.unknowns,
    parent: request.getParent() || undefined,
    dependencies: [...request.getDependenciesList()],
    ignoreChanges: [...request.getIgnorechangesList()],
    customTimeouts: Object.fromEntries(Object.entries(timeouts).filter(([, value]) => value)),
    aliases: [...request.getAliasurnsList(), ...request.getAliasesList().map((alias) => alias.toObject().urn || alias.toObject().spec)],
    provider: request.getProvider(),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    importId: request.getImportid(),
    version: request.getVersion(),
    additionalSecretOutputs: [...request.getAdditionalsecretoutputsList()],
  };
}

/** Where secrets and unknowns were found. */
class Places {
  readonly secrets: string[] = [];
  readonly unknowns: string[] = [];
}

// The marks of Pulumi's wire format.
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';
const UNKNOWN_VALUE = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

function unwrap(value: unknown, at: string, places: Places): unknown {
  if (value === UNKNOWN_VALUE) {
    places.unknowns.push(at);
    return UNKNOWN;
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => unwrap(item, `${at}[${index}]`, places));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const held = value as Readonly<Record<string, unknown>>;
  if (held[SIGNATURE] === SECRET) {
    places.secrets.push(at);
    return unwrap(held.value, at, places);
  }
  return Object.fromEntries(Object.entries(held).map(([key, item]) => [key, unwrap(item, at === '' ? key : `${at}.${key}`, places)]));
}
