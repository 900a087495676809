import type { DeviceClaim } from '../manifests/resource-claim-template';
import type { RoleSpec } from './role-spec';

const cel = (expressions: readonly string[]) => expressions.map((expression) => ({ cel: { expression } }));

/** Devices that one pod claims: its accelerators and, where the network's NICs are claimed too, one behind the PCIe root of each. */
export function claimSpec({ accelerator, layout, grant }: RoleSpec): { readonly devices: DeviceClaim } {
  const { dra } = accelerator;
  const count = dra?.count ?? layout.acceleratorsPerPod;
  const devices = dra === undefined ? [] : [{ class: dra.deviceClass, selectors: dra.selectors, name: 'accelerator' }];
  if (grant.claim === undefined) {
    return {
      devices: {
        requests: devices.map(({ name, class: deviceClassName, selectors }) => ({
          name,
          exactly: {
            deviceClassName,
            allocationMode: 'ExactCount',
            count,
            ...(selectors.length === 0 ? {} : { selectors: cel(selectors) }),
          },
        })),
      },
    };
  }
  const nic = grant.claim;
  const pairs = Array.from({ length: count }, (_, index) => index);
  const each = [...devices, { class: nic.deviceClass, selectors: nic.selectors, name: 'nic' }];
  return {
    devices: {
      requests: pairs.flatMap((index) =>
        each.map(({ name, class: deviceClassName, selectors }) => ({
          name: `${name}-${index}`,
          exactly: { deviceClassName, count: 1, ...(selectors.length === 0 ? {} : { selectors: cel(selectors) }) },
        })),
      ),
      constraints: pairs.map((index) => ({ requests: each.map(({ name }) => `${name}-${index}`), matchAttribute: nic.matchAttribute })),
    },
  };
}
