import { describePulumi, PULUMI_PATH } from './describe-pulumi';
import { report } from './expectations';
import type { PulumiProject } from './pulumi-project';
import { START_MS, STOP_MS, Stage } from './stage';

// A program that prints its own error for ever must fail here, not stop the tests.
const RUN_MS = 3 * 60_000;
const NAMESPACE = 'refusals';

describePulumi('what is refused once the deployment knows it', () => {
  let stage: Stage;
  let project: PulumiProject;

  beforeAll(async () => {
    stage = await Stage.start(PULUMI_PATH);
    await stage.plane.client.ensureNamespace(NAMESPACE);
    project = await stage.project('refusals');
  }, START_MS);

  afterAll(() => stage?.stop(), STOP_MS);

  test.each([
    ['unpushed', /^error: LLMD107 .*push: true/],
    ['misspelt', /^error: LLMD540 .*Not An Image/],
    ['absent', /^error: LLMD905 .*Router\/Deployment/],
    ['unmirrored', /^error: LLMD581 .*NO REFERENCE/],
    ['elsewhere', /^error: LLMD923 .*elsewhere/],
  ])(
    '%s: the program ends with the sentence, once, and no router is made',
    async (refused, sentence) => {
      const run = await report(`up, ${refused}`, project.tryUp({ refused }));
      expect(run.code).not.toBe(0);
      expect(run.messages.filter((message) => sentence.test(message))).toHaveLength(1);
      expect(run.text).not.toContain('unhandled');
      expect(run.text).not.toMatch(/^\s+at /m);
      const deployments = await stage.plane.client.list('apps/v1', 'Deployment', NAMESPACE);
      expect(deployments.filter(({ metadata }) => (metadata as { name: string }).name.endsWith('-epp'))).toEqual([]);
    },
    RUN_MS,
  );
});
