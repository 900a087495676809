export { Candidates } from './candidates';
export { type Clock, systemClock } from './clock';
export { Column } from './column';
export type { Log, PluginContext, PluginFactory, RouterSettings } from './context';
export * from './data';
export { Endpoint, type EndpointMetadata, hostPort, type LoraState } from './endpoint';
export { type EndpointListener, EndpointTable } from './endpoint-table';
export { type DropReason, type ErrorCode, httpStatus, InferenceError } from './errors';
export type * from './flow-policies';
export type * from './plugins';
export {
  type Api,
  type CompletionCause,
  type Headers,
  InferenceRequest,
  type InferenceResponse,
  type ParsedBody,
  type ProfileResult,
  type SchedulingResult,
  type Usage,
} from './request';
