import { pluginCatalog } from 'llm-d-epp-config';
import { pluginTable } from '../src/plugin-table';

test('every type that a configuration may name can be run, and no other', () => {
  // Modules are loaded from the path that the configuration gives.
  const types = [...pluginCatalog.keys()].filter((type) => type !== 'module');
  expect(Object.keys(pluginTable).sort()).toEqual(types.sort());
});
