import { dataName } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import type { ModelData, ModelsExtractor } from '../types';

/** Key of the model list in `Endpoint.facts`; the value is a list of `ModelData`. Source: llm-d-router v0.10.0, `attribute/models`. */
export const modelsFact = dataName('/v1/models', 'models-data-extractor');

/** Keeps the model list with the endpoint. */
export class ModelsDataExtractor implements ModelsExtractor {
  extractModels(endpoint: Endpoint, models: readonly ModelData[]): void {
    endpoint.facts.set(modelsFact, models);
  }
}
