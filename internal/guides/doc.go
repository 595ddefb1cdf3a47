// Package guides tests the guides in templates/guides. Most tests follow a guide in an empty folder, with the
// configuration that the guide shows (examples/guides) and the guide's commands, in order.
package guides
