/** 2xx: parallelism, accelerators, memory, volumes. */
export const PARALLELISM_CODES = {
  LLMD201: {
    severity: 'error',
    slug: 'tpu-topology',
    message: '"{given}" is no topology of a TPU {generation} slice: choose one of {allowed}',
    why: 'GKE labels its TPU nodes with these topologies only; pods that select another one stay pending.',
  },
  LLMD202: {
    severity: 'error',
    slug: 'dra-device-class',
    message: 'accelerator {accelerator} has no DRA driver that is known here: give `deviceClass`, or do not use `viaDra()`',
    why: 'A ResourceClaimTemplate must name the DeviceClass of the driver that hands out the devices.',
  },
} as const;
