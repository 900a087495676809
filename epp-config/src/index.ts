export { type DataKeyName, type DataKeySpec, dataKeys } from './catalog/data-key-catalog';
export { type FeatureGateSpec, featureGates } from './catalog/feature-gate-catalog';
export { type FlagSpec, type FlagType, flagCatalog } from './catalog/flag-catalog';
export { pluginCatalog } from './catalog/plugin-catalog';
export { type RouterVariableKind, type RouterVariableName, routerVariablePrefix, routerVariables } from './catalog/variable-catalog';
export { checkRouterFlags, type FlagOptions, type FlagValue } from './checks/check-flags';
export { checkRouterVariables, routerVariableProblem } from './checks/check-variables';
export { builtInConfig, configKind, currentApiVersion, deprecatedApiVersion } from './default-config';
export { type DisaggregationPlan, disaggregationPlan } from './disaggregation';
export type {
  EffectiveConfig,
  EffectiveDataLayer,
  EffectiveFlowControl,
  EffectivePlugin,
  EffectivePriorityBand,
  EffectiveProfile,
  EffectiveScorer,
  EffectiveSource,
} from './effective/effective-config';
export { fillParameters } from './effective/fill-parameters';
export { parseGoDuration, parseQuantity } from './go-values';
export { type GraphOrder, topologicalOrder } from './graph';
export { type IssueCode, type IssueSeverity, issueCatalog } from './issue-catalog';
export { EppConfigError, type EppConfigIssue, formatIssue } from './issues';
export type { JsonObject } from './json';
export { nearestName } from './nearest-name';
export type { CustomPlugin, ParseOptions } from './options';
export { type CheckResult, checkEndpointPickerConfig, type ParseResult, parseEndpointPickerConfig } from './parse';
export type { ConsumedKey, ParameterKeys, PluginKind, PluginReference, PluginSpec, ProducedKey, SourcePayload } from './plugin-spec';
export type {
  AnySchema,
  BooleanSchema,
  FieldOptions,
  ListSchema,
  MapSchema,
  NumberSchema,
  ObjectRule,
  ObjectSchema,
  QuantitySchema,
  RuleBreach,
  TextSchema,
  ValueSchema,
} from './schema';
export type {
  DataLayer,
  DataSource,
  EndpointPickerConfig,
  FlowControl,
  PluginEntry,
  PluginRef,
  PriorityBand,
  Quantity,
  RequestHandler,
  SchedulingPlugin,
  SchedulingProfile,
} from './types';
export { type Availability, isKnownIn, newestRouterVersion, type RouterVersion, routerVersions } from './versions';
