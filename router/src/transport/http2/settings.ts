import { ConnectionError, errorCode, MAX_31_BITS, MAX_FRAME_BYTES, setting } from './protocol';

const LARGEST_FRAME_SETTING = 0xff_ffff;

/**
 * Reads a peer's SETTINGS. Only its window for new streams changes what this server does: it uses no table for its headers, pushes
 * nothing, and sends no frame larger than every peer takes.
 * @returns the window, when it was among them
 * @throws ConnectionError for a value that the protocol forbids
 */
export function readSettings(bytes: Buffer, start: number, end: number): number | undefined {
  let window: number | undefined;
  for (let at = start; at < end; at += 6) {
    const id = bytes.readUInt16BE(at);
    const value = bytes.readUInt32BE(at + 2);
    if (id === setting.INITIAL_WINDOW_SIZE) {
      if (value > MAX_31_BITS) {
        throw new ConnectionError(errorCode.FLOW_CONTROL_ERROR, `SETTINGS_INITIAL_WINDOW_SIZE is ${value}`);
      }
      window = value;
    } else if (id === setting.ENABLE_PUSH && value > 1) {
      throw new ConnectionError(errorCode.PROTOCOL_ERROR, `SETTINGS_ENABLE_PUSH is ${value}`);
    } else if (id === setting.MAX_FRAME_SIZE && (value < MAX_FRAME_BYTES || value > LARGEST_FRAME_SETTING)) {
      throw new ConnectionError(errorCode.PROTOCOL_ERROR, `SETTINGS_MAX_FRAME_SIZE is ${value}`);
    }
  }
  return window;
}
