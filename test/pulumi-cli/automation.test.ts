import { describePulumi, PULUMI_PATH } from './describe-pulumi';
import type { PulumiProject } from './pulumi-project';
import { START_MS, STOP_MS, Stage } from './stage';

/** Four operations of three stacks. They stay: without its controller a namespace is never gone. */
const RUN_MS = 10 * 60_000;
const TENANTS = ['acme', 'birch', 'cedar'];

/** Operations and how many resources they concern. */
type Changes = Readonly<Record<string, number>>;

interface Told {
  readonly planned: readonly Changes[];
  readonly made: readonly { readonly changes: Changes; readonly endpoint: string }[];
  readonly again: readonly Changes[];
  readonly upAgain: readonly Changes[];
}

describePulumi('inline programs of several stacks, which one process deploys at once', () => {
  let stage: Stage;
  let project: PulumiProject;
  let told: Told;

  beforeAll(async () => {
    stage = await Stage.start(PULUMI_PATH);
    project = await stage.project('automation');
    const begin = Date.now();
    const { text } = await project.runAlone('index.ts');
    told = JSON.parse(text.slice(text.indexOf('{"planned"'))) as Told;
    process.stderr.write(`automation: ${JSON.stringify(told)} (${((Date.now() - begin) / 1000).toFixed(1)} s)\n`);
  }, START_MS + RUN_MS);

  afterAll(() => stage?.stop(), STOP_MS);

  const all = (changes: Changes) => TENANTS.map(() => changes);

  test('are planned and made, each in its own namespace', () => {
    const count = told.planned[0]?.create ?? 0;
    expect(count).toBeGreaterThan(10);
    expect(told.planned).toEqual(all({ create: count }));
    expect(told.made.map(({ changes }) => changes)).toEqual(all({ create: count }));
    expect(told.made.map(({ endpoint }) => endpoint)).toEqual(TENANTS.map((tenant) => `http://gateway-istio.${tenant}.svc.cluster.local`));
  });

  test('hold nothing of each other', async () => {
    for (const tenant of TENANTS) {
      const text = JSON.stringify(await stage.plane.client.list('apps/v1', 'Deployment', tenant));
      expect(TENANTS.filter((other) => text.includes(other))).toEqual([tenant]);
      expect(text).toContain(`"image":"registry.example.com/${tenant}/epp:v0.10.0"`);
    }
  });

  test('change nothing when they run once more in the same process', () => {
    const same = all({ same: told.planned[0]?.create ?? 0 });
    expect(told.again).toEqual(same);
    expect(told.upAgain).toEqual(same);
  });
});
