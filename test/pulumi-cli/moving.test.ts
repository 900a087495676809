import type { KubeObject } from '../conformance/manifests';
import { projectSnippets } from '../support/snippets';
import type { Controllers } from './controllers';
import { describePulumi, PULUMI_PATH } from './describe-pulumi';
import { changes, operations, report } from './expectations';
import type { PulumiProject } from './pulumi-project';
import { RUN_MS, START_MS, STOP_MS, Stage } from './stage';

const NAMESPACE = 'llm';

const page = projectSnippets().filter(({ where }) => where.startsWith('docs/pulumi-moving.md'));
const [asStack = '', asComponents = '', asStackAgain = ''] = page.filter(({ file }) => file !== 'model.ts').map(({ code }) => code);
const model = page.find(({ file }) => file === 'model.ts')?.code ?? '';

const KINDS: readonly KubeObject[] = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'v1', kind: 'ServiceAccount' },
  { apiVersion: 'inference.networking.k8s.io/v1', kind: 'InferencePool' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' },
];

interface Identity {
  readonly name: string;
  readonly uid: string;
}

describePulumi('a model that moves between the forms, with the programs of the page', () => {
  let stage: Stage;
  let controllers: Controllers;
  let project: PulumiProject;

  /** Objects with another uid than before would be others. */
  async function uids(): Promise<string[]> {
    const all = await Promise.all(KINDS.map(({ apiVersion, kind }) => stage.plane.client.list(apiVersion, kind, NAMESPACE)));
    return all.flat().map(({ metadata }) => `${(metadata as Identity).name} ${(metadata as Identity).uid}`);
  }

  beforeAll(async () => {
    stage = await Stage.start(PULUMI_PATH);
    await stage.plane.client.ensureNamespace(NAMESPACE);
    controllers = stage.control(NAMESPACE, KINDS);
    project = await stage.project('moving');
    project.write('model.ts', model);
  }, START_MS);

  afterAll(() => stage?.stop(), STOP_MS);

  test(
    'nothing in the cluster is made anew, and nothing is changed',
    async () => {
      project.write('index.ts', asStack);
      await report('up as a stack', project.up());
      const before = await uids();
      expect(before.length).toBeGreaterThan(8);
      for (const [form, program] of [
        ['components', asComponents],
        ['a stack again', asStackAgain],
      ] as const) {
        project.write('index.ts', program);
        const run = await report(`up as ${form}`, project.up());
        const objects = run.steps.filter(({ type }) => type.startsWith('kubernetes:'));
        expect(operations(objects)).toEqual(['same']);
        expect(objects).toHaveLength(10);
        expect(await uids()).toEqual(before);
      }
      expect(changes((await report('up again without a move', project.up())).steps)).toEqual([]);
    },
    RUN_MS,
  );

  test(
    '`await: false` does not wait for pods',
    async () => {
      await report('destroy', project.destroy());
      controllers.hold('Deployment');
      project.write('index.ts', asStack.replace('build)', 'build, { await: false })'));
      const run = await report('up without waiting', project.up());
      expect(operations(run.steps)).toEqual(['create']);
      controllers.release('Deployment');
      const waiting = await report('up with waiting', project.up());
      expect(operations(waiting.steps)).toEqual(['same']);
      await report('destroy', project.destroy());
    },
    RUN_MS,
  );
});
