// extprocload drives an endpoint picker on its ext_proc port, without Envoy: one stream for each request, with the messages that Envoy
// sends when both body modes are FULL_DUPLEX_STREAMED. It prints one line of JSON.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"llm-d-epp-load/internal/stats"

	ext "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

var (
	target      = flag.String("target", "127.0.0.1:9002", "host:port of the endpoint picker's ext_proc service, without TLS")
	promptBytes = flag.Int("prompt-bytes", 200, "size of a prompt")
	sharedBytes = flag.Int("shared-bytes", 100, "first bytes of a prompt that all prompts of a group share")
	groups      = flag.Int("groups", 64, "number of groups")
	streams     = flag.Int("streams", 16, "requests at once")
	connections = flag.Int("connections", 2, "gRPC connections; Envoy has one for each worker")
	duration    = flag.Duration("duration", 3*time.Second, "measured time")
	warmUp      = flag.Duration("warm-up", 2*time.Second, "time before it")
	pid         = flag.Int("pid", 0, "process whose CPU and memory are read")
	scrapesURL  = flag.String("scrapes", "", "URL that answers with the number of scrapes so far")
)

type result struct {
	Rate          float64           `json:"rate"`
	Pick          stats.Percentiles `json:"pick"`
	Errors        int               `json:"errors"`
	FirstError    string            `json:"firstError,omitempty"`
	CPUPerRequest float64           `json:"cpuPerRequest"`
	Cores         float64           `json:"cores"`
	OtherCores    float64           `json:"otherCores"`
	ResidentMB    float64           `json:"residentMB"`
	Scrapes       float64           `json:"scrapes"`
}

type worker struct {
	picks      stats.Latencies
	errors     int
	firstError error
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// text returns random words; no two runs differ.
func text(random *rand.Rand, size int) []byte {
	words := strings.Fields("the quick brown fox jumps over a lazy dog while seven wizards mix potions near old stone bridges")
	made := make([]byte, 0, size+32)
	for len(made) < size {
		made = append(made, words[random.IntN(len(words))]...)
		made = strconv.AppendInt(made, int64(random.IntN(1000)), 36)
		made = append(made, ' ')
	}
	return made[:size]
}

// prompts makes bodies of requests: the beginning that the group shares, then a piece of a long text.
type prompts struct {
	pool     []byte
	prefixes [][]byte
}

func newPrompts() *prompts {
	random := rand.New(rand.NewPCG(42, 7))
	made := &prompts{pool: text(random, 8<<20)}
	for range *groups {
		made.prefixes = append(made.prefixes, text(random, *sharedBytes))
	}
	return made
}

func (p *prompts) body(into []byte, random *rand.Rand) []byte {
	into = append(into[:0], `{"model":"bench-model","max_tokens":16,"prompt":"`...)
	into = append(into, p.prefixes[random.IntN(len(p.prefixes))]...)
	own := max(0, *promptBytes-*sharedBytes)
	from := random.IntN(len(p.pool) - own)
	into = append(into, p.pool[from:from+own]...)
	return append(into, `"}`...)
}

const (
	warming = iota
	measuring
	stopping
)

func (w *worker) work(client ext.ExternalProcessorClient, bodies *prompts, seed uint64, phase *atomic.Int32) {
	random := rand.New(rand.NewPCG(seed, uint64(time.Now().UnixNano())))
	var body []byte
	for phase.Load() != stopping {
		body = bodies.body(body, random)
		picked, err := converse(client, body, fmt.Sprintf("bench-%016x", random.Uint64()))
		// What ends in the measured time counts.
		if phase.Load() != measuring {
			continue
		}
		if err == nil {
			w.picks = append(w.picks, picked)
			continue
		}
		w.errors++
		if w.firstError == nil {
			w.firstError = err
		}
	}
}

// snapshot is what grows while requests are sent.
type snapshot struct {
	at                 time.Time
	process, own, busy time.Duration
	scrapes            int64
}

func take() snapshot {
	made := snapshot{at: time.Now(), own: must(stats.CPU(os.Getpid())), busy: must(stats.Busy())}
	if *pid != 0 {
		made.process = must(stats.CPU(*pid))
	}
	if *scrapesURL != "" {
		response := must(http.Get(*scrapesURL))
		defer response.Body.Close()
		made.scrapes = must(strconv.ParseInt(strings.TrimSpace(string(must(io.ReadAll(response.Body)))), 10, 64))
	}
	return made
}

func measure(clients []ext.ExternalProcessorClient) result {
	bodies := newPrompts()
	workers := make([]worker, *streams)
	var phase atomic.Int32
	var running sync.WaitGroup
	for i := range workers {
		running.Go(func() { workers[i].work(clients[i%len(clients)], bodies, uint64(i), &phase) })
	}
	time.Sleep(*warmUp)
	before := take()
	phase.Store(measuring)
	time.Sleep(*duration)
	phase.Store(stopping)
	after := take()
	made := result{}
	if *pid != 0 {
		made.ResidentMB = must(stats.ResidentMB(*pid))
	}
	running.Wait()
	var picks stats.Latencies
	for _, worker := range workers {
		picks = append(picks, worker.picks...)
		made.Errors += worker.errors
		if made.FirstError == "" && worker.firstError != nil {
			made.FirstError = worker.firstError.Error()
		}
	}
	seconds := after.at.Sub(before.at).Seconds()
	process, own := after.process-before.process, after.own-before.own
	made.Pick = picks.Percentiles()
	made.Rate = float64(len(picks)) / seconds
	made.Cores = process.Seconds() / seconds
	made.OtherCores = (after.busy - before.busy - process - own).Seconds() / seconds
	made.Scrapes = float64(after.scrapes-before.scrapes) / seconds
	if len(picks) > 0 {
		made.CPUPerRequest = float64(process.Microseconds()) / float64(len(picks))
	}
	return made
}

func main() {
	flag.Parse()
	log.SetFlags(0)
	var clients []ext.ExternalProcessorClient
	for range *connections {
		connection := must(grpc.NewClient("passthrough:///"+*target, grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithInitialWindowSize(65536), grpc.WithInitialConnWindowSize(1<<20)))
		defer connection.Close()
		clients = append(clients, ext.NewExternalProcessorClient(connection))
	}
	line := must(json.Marshal(measure(clients)))
	fmt.Println(string(line))
}
