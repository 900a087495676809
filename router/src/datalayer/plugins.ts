import type { PluginContext, PluginTable } from '../plugin/context';
import { FileDiscovery } from './discovery/file-discovery';
import { CoreMetricsExtractor } from './extractors/core-metrics-extractor';
import { DcgmExtractor } from './extractors/dcgm-extractor';
import { ModelsDataExtractor } from './extractors/models-data-extractor';
import { MulticlusterMetricsExtractor } from './extractors/multicluster-metrics-extractor';
import { TopologyExtractor } from './extractors/topology-extractor';
import { EndpointNotificationSource } from './sources/endpoint-notification-source';
import { HttpSource, type HttpSourceOptions } from './sources/http-source';
import { K8sNotificationSource } from './sources/k8s-notification-source';
import type { EndpointEventSource, MetricsExtractor, ModelsExtractor, ObjectEventSource, PollingSource } from './types';

const http =
  (options: HttpSourceOptions) =>
  (context: PluginContext): PollingSource =>
    new HttpSource(context, options);

/** Plugins of this folder by type. */
export const dataLayerPlugins: PluginTable = {
  'metrics-data-source': http({ emits: 'metrics', defaultScheme: 'http', defaultPath: '/metrics', insecureSkipVerify: true }),
  'core-metrics-extractor': (context): MetricsExtractor => new CoreMetricsExtractor(context),
  'models-data-source': http({
    emits: 'models',
    defaultScheme: 'http',
    defaultPath: '/v1/models',
    insecureSkipVerify: true,
    takesPort: false,
  }),
  'models-data-extractor': (): ModelsExtractor => new ModelsDataExtractor(),
  'dcgm-data-source': http({ emits: 'metrics', defaultScheme: 'http', defaultPath: '/metrics', insecureSkipVerify: true }),
  'dcgm-extractor': (context): MetricsExtractor => new DcgmExtractor(context),
  'topology-extractor': (context) => new TopologyExtractor(context),
  'k8s-notification-source': (context): ObjectEventSource => new K8sNotificationSource(context),
  'endpoint-notification-source': (): EndpointEventSource => new EndpointNotificationSource(),
  'multicluster-metrics-data-source': http({
    emits: 'metrics',
    defaultScheme: 'https',
    defaultPath: '/metrics',
    insecureSkipVerify: false,
    takesPort: false,
  }),
  'multicluster-metrics-extractor': (context): MetricsExtractor => new MulticlusterMetricsExtractor(context),
  'file-discovery': (context) => new FileDiscovery(context, 'ipv4'),
  'multicluster-file-discovery': (context) => new FileDiscovery(context, 'host'),
};
