// The least that an endpoint picker must do for one request: collect the body, parse its JSON, answer a fixed endpoint, echo the
// bodies. What is left of the time is the transport's. The field numbers are those of envoy.service.ext_proc.v3.

const REQUEST_HEADERS = 2;
const RESPONSE_HEADERS = 3;
const REQUEST_BODY = 4;
const RESPONSE_BODY = 5;
const LENGTH_DELIMITED = 2;
/** Largest body piece of one answer. */
const PIECE_BYTES = 62_000;

function varint(bytes, at) {
  let value = 0;
  let factor = 1;
  let next = at;
  for (;;) {
    const byte = bytes[next++];
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) {
      return [value, next];
    }
    factor *= 128;
  }
}

/** Fields of a message as [number, value]: numbers for varints, slices for everything else. */
function fields(bytes) {
  const found = [];
  let at = 0;
  while (at < bytes.length) {
    let tag;
    [tag, at] = varint(bytes, at);
    let value;
    [value, at] = varint(bytes, at);
    if ((tag & 7) === LENGTH_DELIMITED) {
      found.push([tag >> 3, bytes.subarray(at, at + value)]);
      at += value;
    } else {
      found.push([tag >> 3, value]);
    }
  }
  return found;
}

function varintBytes(value) {
  const bytes = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

function field(number, ...pieces) {
  const body = Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
  return Buffer.concat([varintBytes(number * 8 + LENGTH_DELIMITED), varintBytes(body.length), body]);
}

function flag(number) {
  return Buffer.from([number * 8, 1]);
}

const destination = field(1, field(1, field(1, 'x-gateway-destination-endpoint'), field(3, '127.0.0.1:20000')));
const requestHeadersAnswer = field(1, field(1, field(2, destination), flag(5)));
const responseHeadersAnswer = field(2, field(1, field(2, field(1, field(1, field(1, 'x-went-into-resp-headers'), field(3, 'true'))))));

/** Head of a body answer: everything before the piece itself. The nesting is answer, CommonResponse, BodyMutation, StreamedBodyResponse. */
function bodyAnswer(outer, piece, last) {
  const end = last ? 2 : 0;
  const streamed = 1 + varintBytes(piece.length).length + piece.length + end;
  const mutation = 1 + varintBytes(streamed).length + streamed;
  const common = 1 + varintBytes(mutation).length + mutation;
  const response = 1 + varintBytes(common).length + common;
  const head = [
    [outer * 8 + 2],
    varintBytes(response),
    [0x0a],
    varintBytes(common),
    [0x1a],
    varintBytes(mutation),
    [0x1a],
    varintBytes(streamed),
  ];
  return Buffer.concat([...head.map((bytes) => Buffer.from(bytes)), Buffer.from([0x0a]), varintBytes(piece.length)]);
}

const END = flag(2);

function sendBody(send, outer, body) {
  for (let at = 0; ; at += PIECE_BYTES) {
    const piece = body.subarray(at, at + PIECE_BYTES);
    const last = at + PIECE_BYTES >= body.length;
    const head = bodyAnswer(outer, piece, last);
    if (last) {
      send(head, piece, END);
      return;
    }
    send(head, piece);
  }
}

/** Takes the messages of one call; `send` takes the pieces of a message. */
export function createConversation(send) {
  let pieces = [];
  const onBody = (value, done) => {
    let last = false;
    for (const [number, part] of fields(value)) {
      if (number === 1) {
        pieces.push(part);
      } else if (number === 2) {
        last = part === 1;
      }
    }
    if (last) {
      const body = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
      pieces = [];
      done(body);
    }
  };
  const onRequestBody = (body) => {
    if (typeof JSON.parse(body.toString()).model !== 'string') {
      throw new Error('no model');
    }
    send(requestHeadersAnswer);
    sendBody(send, 3, body);
  };
  const onResponseBody = (body) => sendBody(send, 4, body);
  return (message) => {
    for (const [number, value] of fields(message)) {
      if (number === REQUEST_BODY) {
        onBody(value, onRequestBody);
      } else if (number === RESPONSE_BODY) {
        onBody(value, onResponseBody);
      } else if (number === RESPONSE_HEADERS) {
        send(responseHeadersAnswer);
      } else if (number === REQUEST_HEADERS) {
        // Answered after the body, as an endpoint picker does.
      }
    }
  };
}
