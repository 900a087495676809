import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, JsonPatch, Testing } from 'cdk8s';
import { Construct } from 'constructs';
import { failing } from '../../lib/testing/failing';
import { annotateWarnings, WARNINGS_ANNOTATION } from '../../lib/validation/annotations';
import { acknowledge, type Finding, finding } from '../../lib/validation/findings';
import { contribute } from '../../lib/validation/registry';

const error = (path: string, given = 'x') => finding('LLMD103', path, { given });
const warning = (path: string, gateway = 'gw') => finding('LLMD615', path, { gateway });

/** A construct with one object, that tells what it is told to. */
class Probe extends Construct {
  readonly object: ApiObject;

  constructor(scope: Construct, id: string, findings: (probe: Probe) => readonly Finding[] = () => []) {
    super(scope, id);
    this.object = new ApiObject(this, 'Object', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: id } });
    contribute(this, { findings: () => findings(this) });
  }
}

let written: string[] = [];
let stderr: jest.SpyInstance;
beforeEach(() => {
  written = [];
  stderr = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});
afterEach(() => stderr.mockRestore());

let count = 0;
function chartOf(app: App): Chart {
  count += 1;
  return new Chart(app, `c${count}`);
}

function message(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    return (thrown as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('the findings of a synth', () => {
  test('come out together, in the order of the tree, each once and at the construct that it concerns', () => {
    const app = new App();
    const chart = chartOf(app);
    new Probe(chart, 'b', ({ node }) => [error(`${node.path}/Object`, 'late'), error(node.path), error(node.path)]);
    new Probe(chart, 'a', ({ node }) => [error(node.path, 'z'), error(node.path, 'a'), error('no/such/path', 'elsewhere')]);
    const lines = message(() => Testing.synth(chart))
      .split('\n')
      .slice(1)
      .map((line) => line.trim().replace(/ is not a quantity.*/, ''));
    const id = chart.node.id;
    expect(lines).toEqual([
      `[${id}/b] LLMD103 "x"`,
      `[${id}/b/Object] LLMD103 "late"`,
      `[${id}/a] LLMD103 "a"`,
      `[${id}/a] LLMD103 "elsewhere"`,
      `[${id}/a] LLMD103 "z"`,
    ]);
  });

  test('are the same at a second synth, and follow the tree', () => {
    const app = new App();
    const chart = chartOf(app);
    let wrong = true;
    new Probe(chart, 'a', ({ node }) => (wrong ? [error(node.path)] : []));
    const first = message(() => Testing.synth(chart));
    expect(message(() => app.synthYaml())).toBe(first);
    wrong = false;
    expect(() => Testing.synth(chart)).not.toThrow();
    wrong = true;
    expect(failing(app)).toEqual([{ code: 'LLMD103', path: `${chart.node.id}/a`, message: expect.stringContaining('"x"') }]);
  });

  test('are told by a construct that is asked alone, as the tree is then', () => {
    const chart = chartOf(new App());
    let wrong = true;
    const probe = new Probe(chart, 'a', ({ node }) => (wrong ? [error(node.path)] : []));
    expect(probe.node.validate()).toHaveLength(1);
    wrong = false;
    expect(probe.node.validate()).toEqual([]);
  });

  test('are told in a chart without an app', () => {
    const chart = new Chart(undefined as unknown as Construct, 'alone');
    new Probe(chart, 'a', ({ node }) => [error(node.path)]);
    expect(message(() => Testing.synth(chart))).toContain('[alone/a] LLMD103');
  });

  test('of two constructs at one place are those of the last contribution', () => {
    const chart = chartOf(new App());
    const probe = new Probe(chart, 'a', ({ node }) => [error(node.path, 'first')]);
    contribute(probe, { findings: () => [error(probe.node.path, 'second')] });
    expect(probe.node.validate()).toEqual([expect.stringContaining('"second"')]);
  });
});

describe('a synth that fails', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'synth-'));
  afterAll(() => rmSync(outdir, { recursive: true }));

  test('writes no file, also when only the patch of the last chart is wrong', () => {
    const app = new App({ outdir });
    new Probe(chartOf(app), 'a');
    const last = new Probe(chartOf(app), 'b');
    last.object.addJsonPatch(JsonPatch.replace('/data/missing/key', 'x'));
    const said = message(() => app.synth());
    expect(said).toContain(`[${last.object.node.path}] LLMD108 ConfigMap "b" cannot be written: `);
    expect(said).not.toContain('Failed serializing');
    expect(existsSync(outdir) ? readdirSync(outdir) : []).toEqual([]);
  });

  test('differs from one that succeeds', () => {
    const app = new App({ outdir });
    new Probe(chartOf(app), 'a');
    app.synth();
    expect(readdirSync(outdir)).toHaveLength(1);
  });
});

describe('warnings', () => {
  test('do not fail, and are printed once although each chart is validated again', () => {
    const app = new App();
    const probe = new Probe(chartOf(app), 'a', ({ node }) => [warning(node.path)]);
    new Probe(chartOf(app), 'b');
    app.synthYaml();
    app.synthYaml();
    expect(written).toEqual([`warning [${probe.node.path}] LLMD615 gateway "gw" routes to no model: call \`addModel\` or remove it\n`]);
  });

  test('are printed by each app of a process, which may preview and then deploy one', () => {
    const synth = () => {
      const app = new App();
      new Probe(new Chart(app, 'again'), 'a', ({ node }) => [warning(node.path)]);
      app.synthYaml();
    };
    synth();
    synth();
    expect(written).toHaveLength(2);
  });

  test('that are acknowledged at the construct or above it are not printed, others of the code are', () => {
    const app = new App();
    const chart = chartOf(app);
    const acknowledged = new Probe(chart, 'a', ({ node }) => [warning(`${node.path}/Object`)]);
    acknowledge(acknowledged, 'LLMD615', 'routes come later');
    const other = new Probe(chart, 'b', ({ node }) => [warning(node.path)]);
    Testing.synth(chart);
    expect(written).toEqual([expect.stringContaining(`[${other.node.path}] LLMD615`)]);
  });

  test('an acknowledgement needs the code of a warning and a reason', () => {
    const chart = chartOf(new App());
    expect(() => acknowledge(chart, 'LLMD103', 'no')).toThrow(/LLMD107.*only the code of a warning/);
    expect(() => acknowledge(chart, 'LLMD615', ' ')).toThrow(/LLMD107.*reason/);
  });

  test('are written as an annotation where that is asked for, and go with their cause', () => {
    const app = new App();
    const chart = chartOf(app);
    let wrong = true;
    const asked = new Probe(chart, 'a', ({ node }) => (wrong ? [warning(node.path), warning(`${node.path}/Object`, 'z')] : []));
    const silent = new Probe(chart, 'b', ({ node }) => [warning(node.path)]);
    annotateWarnings(asked);
    const annotation = (probe: Probe) => {
      Testing.synth(chart);
      return probe.object.toJson().metadata.annotations?.[WARNINGS_ANNOTATION];
    };
    expect(annotation(asked)).toMatch(/^LLMD615 gateway "gw" .*\nLLMD615 gateway "z" /);
    expect(annotation(silent)).toBeUndefined();
    wrong = false;
    expect(annotation(asked)).toBeUndefined();
    expect(asked.object.toJson().metadata).not.toHaveProperty('annotations');
  });
});
