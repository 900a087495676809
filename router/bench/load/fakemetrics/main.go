// fakemetrics is as many vLLM metrics pages as wanted, each on a loopback port of its own, in one process that costs little CPU.
// `GET /scrapes` on any port answers with the number of pages that were read so far.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

var (
	count    = flag.Int("n", 8, "number of endpoints")
	basePort = flag.Int("base-port", 24000, "port of the first one")
	large    = flag.Bool("large", false, "pages of 46 KB, about what vLLM has, instead of 1 KB")
	out      = flag.String("out", "", "file for the list of endpoints, as file-discovery reads it")
)

var scrapes atomic.Int64

func serve(connection net.Conn, pages *page, phase float64) {
	defer connection.Close()
	reader := bufio.NewReaderSize(connection, 4096)
	var body, response []byte
	for {
		path, err := readRequest(reader)
		if err != nil {
			return
		}
		if path == "/scrapes" {
			body = strconv.AppendInt(body[:0], scrapes.Load(), 10)
		} else {
			scrapes.Add(1)
			body = pages.render(body[:0], phase)
		}
		response = append(response[:0], "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: "...)
		response = append(strconv.AppendInt(response, int64(len(body)), 10), "\r\n\r\n"...)
		if _, err := connection.Write(append(response, body...)); err != nil {
			return
		}
	}
}

// readRequest reads a request without a body and returns its path.
func readRequest(reader *bufio.Reader) (string, error) {
	line, err := reader.ReadSlice('\n')
	if err != nil {
		return "", err
	}
	_, rest, _ := bytes.Cut(line, []byte(" "))
	path, _, _ := bytes.Cut(rest, []byte(" "))
	found := string(path)
	for {
		field, err := reader.ReadSlice('\n')
		if err != nil {
			return "", err
		}
		if len(field) <= len("\r\n") {
			return found, nil
		}
	}
}

func listen(port int, pages *page) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		log.Fatal(err)
	}
	phase := rand.Float64()
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(connection, pages, phase)
		}
	}()
}

func main() {
	flag.Parse()
	log.SetFlags(0)
	pages := newPage(*large)
	var list strings.Builder
	list.WriteString("endpoints:\n")
	for i := range *count {
		listen(*basePort+i, pages)
		fmt.Fprintf(&list, "  - {name: endpoint-%d, address: 127.0.0.1, port: \"%d\"}\n", i, *basePort+i)
	}
	if err := os.WriteFile(*out, []byte(list.String()), 0o600); err != nil {
		log.Fatal(err)
	}
	// Whoever started this waits for the line.
	fmt.Printf("%d endpoints, pages of %d bytes\n", *count, len(pages.render(nil, 0)))
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
}
