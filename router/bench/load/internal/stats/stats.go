// Package stats records latencies and reads what processes use of the machine.
package stats

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Latencies holds measured durations; every worker needs its own.
type Latencies []time.Duration

// Percentiles are in milliseconds.
type Percentiles struct {
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
}

// Percentiles sorts and reads off; all zero without values.
func (l Latencies) Percentiles() Percentiles {
	if len(l) == 0 {
		return Percentiles{}
	}
	slices.Sort(l)
	at := func(share float64) float64 {
		index := min(int(share*float64(len(l))), len(l)-1)
		return float64(l[index]) / float64(time.Millisecond)
	}
	return Percentiles{P50: at(.50), P99: at(.99), P999: at(.999)}
}

// The kernel counts in hundredths of a second for programs, whatever it does inside.
const tick = 10 * time.Millisecond

// CPU returns user and system time of a process so far.
func CPU(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name before may hold blanks; the fields after it are numbered from 3.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+2:]))
	user, err := strconv.ParseInt(fields[14-3], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[15-3], 10, 64)
	return time.Duration(user+system) * tick, err
}

// ResidentMB returns the resident memory of a process in MiB.
func ResidentMB(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	return float64(pages) * float64(os.Getpagesize()) / (1 << 20), err
}

// Busy returns the time that all cores together spent working so far.
func Busy() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	var ticks int64
	for i, field := range strings.Fields(line)[1:] {
		// 3 and 4 are idle times, those from 8 on are in others already.
		if i == 3 || i == 4 || i >= 8 {
			continue
		}
		value, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += value
	}
	return time.Duration(ticks) * tick, nil
}
