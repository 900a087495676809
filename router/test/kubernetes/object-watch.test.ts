import type { ObjectEvent } from '../../src/datalayer/types';
import { NamespaceObjectWatch } from '../../src/kubernetes/object-watch';
import { RecordingLog } from '../support/context';
import { eventually, FakeApiServer, json } from '../support/fake-api-server';

const MAPS = '/api/v1/namespaces/ns/configmaps';

test('reports what is there, what changes, and over a broken connection only what is new or gone', async () => {
  const server = await new FakeApiServer().start();
  server.intercept = ({ pathname }, response) => {
    if (pathname !== '/api/v1') return false;
    json(response, 200, { resources: [{ name: 'configmaps', kind: 'ConfigMap', namespaced: true }] });
    return true;
  };
  const events: string[] = [];
  const report = ({ kind, object }: ObjectEvent): number =>
    events.push(`${kind} ${(object as { metadata: { name: string } }).metadata.name}`);
  server.put(MAPS, { metadata: { name: 'a', namespace: 'ns' } });
  server.put(MAPS, { metadata: { name: 'b', namespace: 'ns' } });
  const watch = new NamespaceObjectWatch(server.client(), 'ns', new RecordingLog());
  const stop = await watch.watch({ group: '', version: 'v1', kind: 'ConfigMap' }, report);
  await eventually(() => events.length === 2 && server.openWatches === 1);
  server.put(MAPS, { metadata: { name: 'a', namespace: 'ns' } });
  await eventually(() => events.length === 3);
  server.drop();
  server.remove(MAPS, 'a');
  server.put(MAPS, { metadata: { name: 'c', namespace: 'ns' } });
  await eventually(() => events.length === 5);
  expect(events).toEqual(['added a', 'added b', 'updated a', 'deleted a', 'added c']);
  stop();
  await eventually(() => server.openWatches === 0);
  await expect(watch.watch({ group: '', version: 'v1', kind: 'Unknown' }, report)).rejects.toThrow(
    'the cluster knows no Unknown in the core group/v1',
  );
  await server.stop();
});
