import { PolicyPack } from '@pulumi/policy';
import { policies } from './policies';

new PolicyPack('llm-d', { enforcementLevel: 'mandatory', policies });
