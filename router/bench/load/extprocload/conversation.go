package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	filter "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_proc/v3"
	ext "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
)

const (
	destination = "x-gateway-destination-endpoint"
	// Envoy sends a body in pieces of about this size.
	pieceBytes = 16384
)

var answer = []byte(`{"id":"cmpl-1","object":"text_completion","created":1700000000,"model":"bench-model","choices":[{"index":0,"text":"` +
	strings.Repeat(" tok", 40) + `","finish_reason":"length"}],"usage":{"prompt_tokens":50,"completion_tokens":16,"total_tokens":66}}`)

func header(key, value string) *core.HeaderValue {
	return &core.HeaderValue{Key: key, RawValue: []byte(value)}
}

func requestHeaders(contentLength int, id string) *ext.ProcessingRequest {
	headers := []*core.HeaderValue{
		header(":authority", "127.0.0.1:8081"), header(":path", "/v1/completions"), header(":method", "POST"), header(":scheme", "http"),
		header("user-agent", "extprocload"), header("accept", "*/*"), header("content-type", "application/json"),
		header("content-length", strconv.Itoa(contentLength)), header("x-forwarded-for", "127.0.0.1"),
		header("x-forwarded-proto", "http"), header("x-request-id", id),
	}
	return &ext.ProcessingRequest{
		Request: &ext.ProcessingRequest_RequestHeaders{RequestHeaders: &ext.HttpHeaders{Headers: &core.HeaderMap{Headers: headers}}},
		ProtocolConfig: &ext.ProtocolConfiguration{
			RequestBodyMode:  filter.ProcessingMode_FULL_DUPLEX_STREAMED,
			ResponseBodyMode: filter.ProcessingMode_FULL_DUPLEX_STREAMED,
		},
	}
}

func requestBody(body []byte, end bool) *ext.ProcessingRequest {
	return &ext.ProcessingRequest{Request: &ext.ProcessingRequest_RequestBody{RequestBody: &ext.HttpBody{Body: body, EndOfStream: end}}}
}

func responseBody(body []byte, end bool) *ext.ProcessingRequest {
	return &ext.ProcessingRequest{Request: &ext.ProcessingRequest_ResponseBody{ResponseBody: &ext.HttpBody{Body: body, EndOfStream: end}}}
}

func responseHeaders() *ext.ProcessingRequest {
	headers := []*core.HeaderValue{
		header(":status", "200"), header("server", "uvicorn"), header("content-length", strconv.Itoa(len(answer))),
		header("content-type", "application/json"),
	}
	return &ext.ProcessingRequest{
		Request: &ext.ProcessingRequest_ResponseHeaders{ResponseHeaders: &ext.HttpHeaders{Headers: &core.HeaderMap{Headers: headers}}},
	}
}

// converse plays one request and its response as Envoy does, and returns the time until the whole request was answered. The stream is
// reset in the end, which is what Envoy does too.
func converse(client ext.ExternalProcessorClient, body []byte, id string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	start := time.Now()
	stream, err := client.Process(ctx)
	if err != nil {
		return 0, err
	}
	messages := []*ext.ProcessingRequest{requestHeaders(len(body), id)}
	for rest := body; len(rest) > 0; {
		size := min(len(rest), pieceBytes)
		messages = append(messages, requestBody(rest[:size], false))
		rest = rest[size:]
	}
	if err := sendAll(stream, append(messages, requestBody(nil, true))); err != nil {
		return 0, err
	}
	if err := awaitRequest(stream, len(body)); err != nil {
		return 0, err
	}
	picked := time.Since(start)
	if err := sendAll(stream, []*ext.ProcessingRequest{responseHeaders(), responseBody(answer, false), responseBody(nil, true)}); err != nil {
		return 0, err
	}
	return picked, awaitResponse(stream)
}

func sendAll(stream ext.ExternalProcessor_ProcessClient, messages []*ext.ProcessingRequest) error {
	for _, message := range messages {
		if err := stream.Send(message); err != nil {
			return err
		}
	}
	return nil
}

// awaitRequest reads until the request came back: with a destination, and with all of its body.
func awaitRequest(stream ext.ExternalProcessor_ProcessClient, sent int) error {
	got, routed := 0, false
	for ended := false; !routed || !ended; {
		message, err := stream.Recv()
		if err != nil {
			return err
		}
		switch {
		case message.GetRequestHeaders() != nil:
			routed = hasDestination(message.GetRequestHeaders())
			if !routed {
				return errors.New("the answer names no destination")
			}
		case message.GetRequestBody() != nil:
			piece := message.GetRequestBody().GetResponse().GetBodyMutation().GetStreamedResponse()
			got += len(piece.GetBody())
			ended = piece.GetEndOfStream()
		case message.GetImmediateResponse() != nil:
			return fmt.Errorf("refused: %s", message.GetImmediateResponse().GetBody())
		default:
			return fmt.Errorf("%T is no answer to a request", message.Response)
		}
	}
	if got != sent {
		return fmt.Errorf("%d bytes of the request came back, %d were sent", got, sent)
	}
	return nil
}

func hasDestination(headers *ext.HeadersResponse) bool {
	for _, option := range headers.GetResponse().GetHeaderMutation().GetSetHeaders() {
		if strings.EqualFold(option.GetHeader().GetKey(), destination) {
			return len(option.GetHeader().GetRawValue())+len(option.GetHeader().GetValue()) > 0
		}
	}
	return false
}

func awaitResponse(stream ext.ExternalProcessor_ProcessClient) error {
	got := 0
	for headers, ended := false, false; !headers || !ended; {
		message, err := stream.Recv()
		if err != nil {
			return err
		}
		switch {
		case message.GetResponseHeaders() != nil:
			headers = true
		case message.GetResponseBody() != nil:
			piece := message.GetResponseBody().GetResponse().GetBodyMutation().GetStreamedResponse()
			got += len(piece.GetBody())
			ended = piece.GetEndOfStream()
		default:
			return fmt.Errorf("%T is no answer to a response", message.Response)
		}
	}
	if got != len(answer) {
		return fmt.Errorf("%d bytes of the response came back, %d were sent", got, len(answer))
	}
	return nil
}
