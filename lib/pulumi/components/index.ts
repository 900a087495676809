// Exports only.
export type { ComponentArgs, ComponentOptions } from './component';
export { Component } from './component';
export type { InferenceGatewayArgs, ModelArgs, RoutedServers, SplitArgs, SplitMemberArgs } from './gateway-args';
export { InferenceGateway } from './inference-gateway';
export type { Inputs } from './inputs';
export { ModelServing, type ModelServingArgs } from './model-serving';
export { PrefillDecodePair, type PrefillDecodePairArgs } from './prefill-decode-pair';
export { type ServersArgs, ServersComponent, type ServersProps, type SurroundingArgs } from './servers';
export { WideEPGroup, type WideEPGroupArgs } from './wide-ep-group';
