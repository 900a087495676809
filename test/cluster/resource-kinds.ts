import { ApiError } from './api-error';

/** Where the objects of a kind live, for example `/apis/apps/v1` and `deployments`. */
export interface ResourceKind {
  readonly root: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

interface ApiResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** Finds REST paths by API discovery; guessing plurals goes wrong (`endpoints`, `gatewayclasses`). */
export class ResourceKinds {
  private readonly lists = new Map<string, Promise<ApiResourceList>>();

  public constructor(private readonly get: (path: string) => Promise<unknown>) {}

  public async find(apiVersion: string, kind: string): Promise<ResourceKind | undefined> {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const found = (await this.list(root)).resources.find((resource) => resource.kind === kind && !resource.name.includes('/'));
    // A kind that is missing now may belong to a CRD that is installed later, so only what was found stays in the cache.
    if (!found) this.lists.delete(root);
    return found && { root, plural: found.name, namespaced: found.namespaced };
  }

  private async list(root: string): Promise<ApiResourceList> {
    const list = this.lists.get(root) ?? (this.get(root) as Promise<ApiResourceList>);
    this.lists.set(root, list);
    try {
      return await list;
    } catch (error) {
      this.lists.delete(root);
      if (error instanceof ApiError && error.status === 404) return { resources: [] };
      throw error;
    }
  }
}
