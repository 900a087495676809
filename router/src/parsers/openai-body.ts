import type { JsonObject } from 'llm-d-epp-config';
import type { Api, ParsedBody } from '../plugin/request';
import { type FieldTypes, haveTypes } from './field-types';
import { chatFields, conversationFields, imageFields, promptFields } from './field-types-catalog';
import { badRequest, jsonBody, outputCap, textOf } from './json-body';
import { promptInput } from './prompt-input';
import { jsonParsedBody } from './raw-body';

/** APIs of the OpenAI parser. */
export type OpenAiApi = Extract<Api, 'completions' | 'chat' | 'responses' | 'conversations' | 'embeddings' | 'images'>;

/** What an API asks of a body. */
interface Shape {
  readonly title: string;
  readonly required: string;
  readonly fields: FieldTypes;
  /** Token ids of the prompt if the body holds them; false when it is no request of the API. */
  readonly check: (payload: JsonObject) => Uint32Array | boolean;
  readonly outputCap: readonly string[];
}

const prompt = (value: unknown): Uint32Array | boolean => {
  const input = promptInput(value);
  return input === undefined ? false : (input.tokenIds ?? true);
};

const isFilledList = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

/** Source of titles and fields: llm-d-router v0.10.0, `parsers/openai`. */
const shapes: Readonly<Record<OpenAiApi, Shape>> = {
  conversations: {
    title: 'conversations',
    required: 'items',
    fields: conversationFields,
    check: ({ items }) => isFilledList(items),
    outputCap: [],
  },
  responses: {
    title: 'responses',
    required: 'input',
    fields: promptFields,
    check: ({ input }) => input !== undefined && input !== null,
    outputCap: ['max_output_tokens'],
  },
  chat: {
    title: 'chat completions',
    required: 'valid messages',
    fields: chatFields,
    check: ({ messages }) => isFilledList(messages),
    outputCap: ['max_completion_tokens', 'max_tokens'],
  },
  completions: {
    title: 'completions',
    required: 'prompt',
    fields: promptFields,
    check: (payload) => prompt(payload.prompt),
    outputCap: ['max_tokens'],
  },
  embeddings: { title: 'embeddings', required: 'input', fields: promptFields, check: ({ input }) => prompt(input), outputCap: [] },
  images: {
    title: 'images generations',
    required: 'prompt',
    fields: imageFields,
    check: (payload) => textOf(payload.prompt) !== '',
    outputCap: [],
  },
};

/**
 * Reads the JSON body of an OpenAI API. `bytes` is what goes on to the model server.
 * @throws InferenceError BadRequest when `json` is no request of the API
 */
export function openAiBody(api: OpenAiApi, json: Buffer, bytes: Buffer): ParsedBody {
  const payload = jsonBody(json, 'error unmarshaling request bodyMap: ');
  const shape = shapes[api];
  const checked = haveTypes(payload, shape.fields) && shape.check(payload);
  if (checked === false) throw badRequest(`invalid ${shape.title} request: must have ${shape.required} field`);
  const body = jsonParsedBody(api, bytes, payload, outputCap(payload, ...shape.outputCap));
  return checked === true ? body : { ...body, tokenIds: [checked] };
}
