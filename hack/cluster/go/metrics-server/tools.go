//go:build tools

// Package tools names the program, so that go.mod fixes its version.
package tools

import _ "sigs.k8s.io/metrics-server/cmd/metrics-server"
