import { pluginCatalog } from 'llm-d-epp-config';
import { dataLayerPlugins } from '../../src/datalayer/plugins';
import { TestContext } from '../support/context';

const roles = ['source', 'extractor', 'discovery'];
const types = [...pluginCatalog.values()]
  // Plugins of other parts hear of endpoints too; theirs are other tables.
  .filter(({ kinds }) => kinds.every((kind) => roles.includes(kind)) && kinds.length > 0)
  .map(({ type }) => type);

const required: Record<string, object> = {
  'k8s-notification-source': { version: 'v1', kind: 'Pod' },
  'file-discovery': { path: 'endpoints.yaml' },
  'multicluster-file-discovery': { path: 'endpoints.yaml' },
};

test('every type of the catalog is in the table, and no other', () => {
  expect(Object.keys(dataLayerPlugins).sort()).toEqual([...types].sort());
});

test.each(types)('%s is made from its defaults', (type) => {
  expect(new TestContext().make(dataLayerPlugins[type]!, type, { ...required[type] })).toBeDefined();
});
