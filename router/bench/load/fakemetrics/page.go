package main

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

const labels = `{engine="0",model_name="bench-model"}`

// Histograms of vLLM and of its web server, with the number of their buckets.
var histograms = []struct {
	name    string
	buckets int
}{
	{"vllm:iteration_tokens_total", 14}, {"vllm:time_to_first_token_seconds", 22}, {"vllm:inter_token_latency_seconds", 20},
	{"vllm:request_time_per_output_token_seconds", 20}, {"vllm:e2e_request_latency_seconds", 21}, {"vllm:request_queue_time_seconds", 21},
	{"vllm:request_inference_time_seconds", 21}, {"vllm:request_prefill_time_seconds", 21}, {"vllm:request_decode_time_seconds", 21},
	{"vllm:request_prompt_tokens", 16}, {"vllm:request_generation_tokens", 16}, {"vllm:request_max_num_generation_tokens", 16},
	{"vllm:request_params_n", 6}, {"vllm:request_params_max_tokens", 16}, {"vllm:request_prefill_kv_computed_tokens", 16},
	{"http_request_duration_highr_seconds", 22}, {"http_request_duration_seconds", 4}, {"http_request_size_bytes", 3},
	{"http_response_size_bytes", 3},
}

var counters = []string{
	"vllm:num_preemptions_total", "vllm:prompt_tokens_total", "vllm:generation_tokens_total", "vllm:prefix_cache_queries_total",
	"vllm:prefix_cache_hits_total", "vllm:mm_cache_queries_total", "vllm:mm_cache_hits_total", "vllm:spec_decode_num_drafts_total",
}

// page is a metrics page: what changes stands between head and tail.
type page struct{ head, tail []byte }

// newPage makes a page of about 1 KB, or one of 46 KB that resembles a page of vLLM.
func newPage(large bool) *page {
	var head, tail bytes.Buffer
	head.WriteString("# TYPE vllm:cache_config_info gauge\n" +
		"vllm:cache_config_info{block_size=\"16\",cache_dtype=\"auto\",enable_prefix_caching=\"True\",num_gpu_blocks=\"4096\"} 1\n" +
		"# HELP vllm:lora_requests_info Running stats on lora requests.\n# TYPE vllm:lora_requests_info gauge\n" +
		"vllm:lora_requests_info{max_lora=\"4\",running_lora_adapters=\"\",waiting_lora_adapters=\"\"} 1700000000\n")
	if large {
		for _, name := range counters {
			fmt.Fprintf(&tail, "# HELP %s Cumulative number of things.\n# TYPE %s counter\n%s%s 123456.0\n", name, name, name, labels)
			fmt.Fprintf(&tail, "# HELP %s_created Cumulative number of things.\n# TYPE %s_created gauge\n%s_created%s 1.7639e+09\n",
				name, name, name, labels)
		}
		for _, histogram := range histograms {
			writeHistogram(&tail, histogram.name, histogram.buckets)
		}
	}
	return &page{head: head.Bytes(), tail: tail.Bytes()}
}

func writeHistogram(into *bytes.Buffer, name string, buckets int) {
	fmt.Fprintf(into, "# HELP %s Histogram of something measured by the engine.\n# TYPE %s histogram\n", name, name)
	bound := 0.001
	for i := range buckets {
		fmt.Fprintf(into, "%s_bucket{engine=\"0\",le=\"%g\",model_name=\"bench-model\"} %d.0\n", name, bound, 100*i)
		bound *= 2
	}
	fmt.Fprintf(into, "%s_bucket{engine=\"0\",le=\"+Inf\",model_name=\"bench-model\"} 4242.0\n", name)
	fmt.Fprintf(into, "%s_count%s 4242.0\n%s_sum%s 98765.4321\n", name, labels, name, labels)
	fmt.Fprintf(into, "# HELP %s_created Histogram of something measured by the engine.\n# TYPE %s_created gauge\n%s_created%s 1.7639e+09\n",
		name, name, name, labels)
}

// render writes the page of an endpoint. Its load is a slow triangle wave of a phase of its own: 0 to 4 waiting, 10 to 70 % of the cache.
func (p *page) render(into []byte, phase float64) []byte {
	wave := phase + float64(time.Now().UnixMilli()%20000)/20000
	wave -= float64(int(wave))
	wave = min(wave, 1-wave)
	gauge := func(name string, value float64, digits int) {
		into = append(into, "# HELP vllm:"+name+" What the engine does now.\n# TYPE vllm:"+name+" gauge\nvllm:"+name+labels+" "...)
		into = append(strconv.AppendFloat(into, value, 'f', digits, 64), '\n')
	}
	into = append(into, p.head...)
	gauge("num_requests_running", 0, 1)
	gauge("num_requests_waiting", float64(int(wave*9)), 1)
	gauge("kv_cache_usage_perc", 0.1+1.2*wave, 4)
	return append(into, p.tail...)
}
