import { ApiObject } from 'cdk8s';
import { readSources } from './support/architecture/sources';
import { hiddenProperties } from './support/class-members';
import { buildExamples, constructsOf } from './support/examples';
import { unexposed } from './support/exposed';
import { lostPatches } from './support/patches';

const hidden = hiddenProperties(readSources('lib'));

describe.each(buildExamples())('$name', ({ app }) => {
  test('exposes every object as a public property of a construct', () => {
    expect(unexposed(app, hidden)).toEqual([]);
  });

  const objects = constructsOf(app).filter(ApiObject.isApiObject);
  test.each(objects.map((object) => ({ path: object.node.path, kind: object.kind, object })))(
    'keeps patches of $kind $path',
    ({ object }) => {
      expect(lostPatches(object)).toEqual([]);
    },
  );
});
