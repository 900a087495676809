import type { ModelData, Page } from './types';

/** Reads an answer of `/v1/models`; a text says what is wrong with it. */
export function parseModels({ bytes, start, end }: Page): readonly ModelData[] | string {
  let answer: unknown;
  try {
    answer = JSON.parse(bytes.toString('utf8', start, end));
  } catch (error) {
    return `the model list is no JSON: ${(error as Error).message}`;
  }
  const data = isObject(answer) ? (answer.data ?? []) : undefined;
  if (!Array.isArray(data)) return 'the model list has no list "data"';
  return data.filter(isObject).map(modelOf);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function modelOf(entry: Readonly<Record<string, unknown>>): ModelData {
  const { id, object, created, owned_by: ownedBy, parent } = entry;
  return {
    id: typeof id === 'string' ? id : '',
    ...(typeof object === 'string' ? { object } : {}),
    ...(typeof created === 'number' ? { created } : {}),
    ...(typeof ownedBy === 'string' ? { ownedBy } : {}),
    ...(typeof parent === 'string' ? { parent } : {}),
  };
}
