import type { JsonObject } from 'llm-d-epp-config';
import { isJsonObject, textOf } from '../parsers/json-body';
import type { PromptTokens } from '../plugin/data';
import type { ParsedBody } from '../plugin/request';
import { contentBlocks, systemText, toolResult } from './anthropic-content';
import { goJson, goRawJson, goStruct } from './go-json';
import { base64ImageSize, dataUrlImageSize } from './image-size';
import { audioTokens, type ImageTokens, imageTokens, type VideoFacts, type VideoTokens, videoTokens } from './media-tokens';
import { PseudoTokenWriter, packText } from './pseudo-tokens';
import { ToolTexts } from './tool-texts';

const presentText = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? goJson(value) : undefined);
const isSet = (value: unknown): boolean => value !== undefined && value !== null;
const items = (value: unknown): readonly JsonObject[] =>
  Array.isArray(value) ? value.map((item) => (isJsonObject(item) ? item : {})) : [];

/** A tool of the Anthropic API with the fields that upstream reads, in its order. */
const anthropicTool = (tool: JsonObject): string =>
  goStruct({
    name: goJson(textOf(tool.name)),
    description: presentText(tool.description),
    input_schema: tool.input_schema === undefined ? undefined : goRawJson(tool.input_schema),
    strict: typeof tool.strict === 'boolean' ? String(tool.strict) : undefined,
    defer_loading: typeof tool.defer_loading === 'boolean' ? String(tool.defer_loading) : undefined,
  });

const conversationItem = (item: JsonObject): string =>
  goStruct({
    type: presentText(item.type),
    role: presentText(item.role),
    content: isSet(item.content) ? goJson(item.content) : undefined,
  });

/** The input of embeddings as upstream writes it: the fields of its own type. */
const embeddingInput = (input: unknown): string =>
  goStruct({
    Raw: goJson(textOf(input)),
    Strings: Array.isArray(input) ? goJson(input) : 'null',
    TokenIDs: 'null',
  });

const responseParts = (payload: JsonObject): string => {
  const parts = ['instructions', 'tools', 'input'].filter((name) => isSet(payload[name]));
  return `[${parts.map((name) => goStruct({ [name]: goJson(payload[name]) })).join(',')}]`;
};

const single = (text: string): PromptTokens[] => [{ ids: packText(text), features: [] }];

function completions(prompt: unknown): readonly PromptTokens[] {
  if (Array.isArray(prompt)) return prompt.map((text) => ({ ids: packText(textOf(text)), features: [] }));
  return single(textOf(prompt));
}

/**
 * Makes pseudo tokens of a prompt's bytes, so that prompts with equal beginnings have equal tokens. No engine would make them.
 * Source: llm-d-router v0.10.0, `dataproducer/tokenizer`, estimate mode.
 */
export class Estimator {
  private readonly imageTokens: ImageTokens;
  private readonly videoTokens: VideoTokens;
  private readonly chatTools = new ToolTexts(goJson);
  private readonly messageTools = new ToolTexts((tools) => `[${items(tools).map(anthropicTool).join(',')}]`);

  constructor(parameters: JsonObject) {
    this.imageTokens = imageTokens(parameters.image);
    this.videoTokens = videoTokens(parameters.video);
  }

  /** Prompts of a body; none when the API has no prompt that can be read. `facts` is asked only if there is a video. */
  prompts({ api, payload }: ParsedBody, facts: () => VideoFacts): readonly PromptTokens[] {
    if (payload === undefined) return [];
    switch (api) {
      case 'completions':
        return completions(payload.prompt);
      case 'chat':
        return [this.chat(payload, facts)];
      case 'messages':
        return [this.messages(payload)];
      case 'responses':
        return single(responseParts(payload));
      case 'conversations':
        return single(`[${items(payload.items).map(conversationItem).join(',')}]`);
      case 'embeddings':
        return single(embeddingInput(payload.input));
      default:
        return [];
    }
  }

  private chat({ tools, messages }: JsonObject, facts: () => VideoFacts): PromptTokens {
    const out = new PseudoTokenWriter();
    if (Array.isArray(tools) && tools.length > 0) out.bytes(this.chatTools.of(tools));
    for (const message of items(messages)) {
      out.text(textOf(message.role));
      if (typeof message.content === 'string') out.text(message.content);
      else for (const block of contentBlocks(message.content)) this.chatBlock(out, block, facts);
    }
    return out.finish();
  }

  private chatBlock(out: PseudoTokenWriter, block: JsonObject, facts: () => VideoFacts): void {
    switch (block.type) {
      case 'text':
        out.text(textOf(block.text));
        return;
      case 'image_url':
        this.image(out, isJsonObject(block.image_url) ? textOf(block.image_url.url) : '');
        return;
      case 'video_url':
        out.media('video', isJsonObject(block.video_url) ? textOf(block.video_url.url) : '', this.videoTokens(facts()));
        return;
      case 'input_audio':
      case 'audio_url':
        this.audio(out, isJsonObject(block.input_audio) ? block.input_audio : {});
    }
  }

  private image(out: PseudoTokenWriter, url: string): void {
    out.media('image', url, this.imageTokens(dataUrlImageSize(url)));
  }

  private audio(out: PseudoTokenWriter, audio: JsonObject): void {
    const content = textOf(audio.data) + textOf(audio.format);
    out.media('audio', content, audioTokens(Buffer.byteLength(content)));
  }

  private messages({ tools, system, messages }: JsonObject): PromptTokens {
    const out = new PseudoTokenWriter();
    if (Array.isArray(tools) && tools.length > 0) out.bytes(this.messageTools.of(tools));
    out.text(systemText(system));
    for (const message of items(messages)) {
      out.text(textOf(message.role));
      if (typeof message.content === 'string') out.text(message.content);
      else for (const block of contentBlocks(message.content)) this.messageBlock(out, block);
    }
    return out.finish();
  }

  private messageBlock(out: PseudoTokenWriter, block: JsonObject): void {
    switch (block.type) {
      case 'text':
        out.text(textOf(block.text));
        return;
      case 'image':
        if (isJsonObject(block.source)) this.imageSource(out, block.source);
        return;
      case 'thinking':
        out.text(textOf(block.thinking));
        return;
      case 'tool_use':
        out.text(textOf(block.id));
        out.text(textOf(block.name));
        if (block.input !== undefined) out.text(JSON.stringify(block.input));
        return;
      case 'tool_result': {
        const { text, imageUrls } = toolResult(block);
        out.text(text);
        for (const url of imageUrls) this.image(out, url);
      }
    }
  }

  private imageSource(out: PseudoTokenWriter, source: JsonObject): void {
    const url = textOf(source.url);
    const data = textOf(source.data);
    if (url !== '') this.image(out, url);
    else if (data !== '') out.media('image', data, this.imageTokens(base64ImageSize(data)));
  }
}
