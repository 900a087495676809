import * as pulumi from '@pulumi/pulumi';
import { ApiObject, type App } from 'cdk8s';
import { registerObjects } from '../../lib/pulumi/register';
import { type ProgramRun, type Registration, runProgram } from './support';

/** A component to register the objects of an app below. */
export class TestStack extends pulumi.ComponentResource {
  constructor(
    name: string,
    readonly app: App,
  ) {
    super('test:index:Stack', name);
    registerObjects(app, this);
    this.registerOutputs();
  }
}

/** Registers an app that is built anew. */
export function registerApp(build: () => App): Promise<ProgramRun<App>> {
  return runProgram(() => new TestStack('stack', build()).app);
}

interface Manifest {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

/** The manifest that a resource stands for: its inputs without the annotations that the stack adds to `written`. */
function manifestOf({ inputs }: Registration, written: Manifest | undefined): object {
  const given = written?.metadata?.annotations;
  const { annotations = {}, ...metadata } = (inputs as Manifest).metadata ?? {};
  const own = Object.entries(annotations).filter(([key]) => !key.startsWith('pulumi.com/') || Object.hasOwn(given ?? {}, key));
  const kept = own.length === 0 && given === undefined ? {} : { annotations: Object.fromEntries(own) };
  return { ...inputs, metadata: { ...metadata, ...kept } };
}

/** What cdk8s would write, and what Pulumi was given, object by object and by path. */
export function bothSides({ result: app, objects }: ProgramRun<App>): readonly [expected: object, registered: object] {
  const written = app.node.findAll().filter((construct): construct is ApiObject => ApiObject.isApiObject(construct));
  const manifests = new Map(written.map((object) => [object.node.path, object.toJson()]));
  return [
    Object.fromEntries([...manifests].sort()),
    Object.fromEntries(objects.map((one) => [one.name, manifestOf(one, manifests.get(one.name))] as const).sort()),
  ];
}
