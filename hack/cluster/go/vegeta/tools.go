//go:build tools

// Package tools names the program, so that go.mod fixes its version.
package tools

import _ "github.com/tsenart/vegeta/v12"
