import type { PluginContext } from '../../plugin/context';
import { textParameter } from '../../plugin/data';
import type { ObjectEventSource, ObjectKind } from '../types';

/** Passes the events of one kind of Kubernetes objects on to its extractors. */
export class K8sNotificationSource implements ObjectEventSource {
  readonly emits = 'object-events';
  readonly type = 'k8s-notification-source';
  readonly watched: ObjectKind;

  /** @throws Error when version or kind is empty */
  constructor({ parameters }: PluginContext) {
    const [group, version, kind] = ['group', 'version', 'kind'].map((name) => textParameter(parameters, name, ''));
    if (!version || !kind) throw new Error('version and kind are required, such as version v1 and kind Pod');
    this.watched = { group: group!, version, kind };
  }
}

/** `group/version, Kind=kind` as people read it: `v1 Pod`, `apps/v1 Deployment`. */
export const showObjectKind = ({ group, version, kind }: ObjectKind): string => `${group === '' ? '' : `${group}/`}${version} ${kind}`;
