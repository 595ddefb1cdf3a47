package prosa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ask sends a request that is answered with one JSON value. convert checks the value and turns it into what callers
// see; its error makes the response unreadable.
func ask[Wire, T any](ctx context.Context, c *Client, r *request, convert func(Wire) (T, error)) (T, error) {
	var result T
	r.decode = func(body io.Reader) error {
		var wire Wire
		decoder := json.NewDecoder(body)
		if err := decoder.Decode(&wire); err != nil {
			return describeJSONError(err)
		}
		if err := onlySpaceLeft(decoder); err != nil {
			return err
		}
		var err error
		result, err = convert(wire)
		return err
	}
	if err := c.do(ctx, r); err != nil {
		var none T
		return none, err
	}
	return result, nil
}

// askList sends a request that is answered with a JSON list. The result is never nil.
func askList[Wire, T any](ctx context.Context, c *Client, r *request, convert func(Wire) (T, error)) ([]T, error) {
	var list []T
	err := askEach(ctx, c, r, func() { list = []T{} }, func() (wire Wire) { return wire }, func(wire Wire) error {
		element, err := convert(wire)
		list = append(list, element)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// askEach sends a request that is answered with a JSON list, and decodes that element by element: only what each keeps
// is in memory. restart is called before each attempt; prepare gives the value that the next element is decoded into.
func askEach[Wire any](ctx context.Context, c *Client, r *request, restart func(), prepare func() Wire, each func(Wire) error) error {
	r.decode = func(body io.Reader) error {
		restart()
		decoder := json.NewDecoder(body)
		if opening, err := decoder.Token(); err != nil {
			return describeJSONError(err)
		} else if opening != json.Delim('[') {
			return errors.New("it is not a JSON list")
		}
		for decoder.More() {
			element := prepare()
			if err := decoder.Decode(&element); err != nil {
				return describeJSONError(err)
			}
			if err := each(element); err != nil {
				return err
			}
		}
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return describeJSONError(io.ErrUnexpectedEOF)
		} else if err != nil {
			return describeJSONError(err)
		}
		return onlySpaceLeft(decoder)
	}
	return c.do(ctx, r)
}

func onlySpaceLeft(decoder *json.Decoder) error {
	if _, err := decoder.Token(); err == nil {
		return errors.New("there is more after the JSON value")
	} else if !errors.Is(err, io.EOF) {
		return describeJSONError(err)
	}
	return nil
}

func describeJSONError(err error) error {
	var (
		syntax *json.SyntaxError
		typed  *json.UnmarshalTypeError
	)
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("it is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the JSON ends in the middle")
	case errors.As(err, &syntax):
		return errors.New("it is not JSON")
	case errors.As(err, &typed):
		kind, _, _ := strings.Cut(typed.Value, " ") // leaves the value itself out of json's "number 12"
		if typed.Field == "" {
			return fmt.Errorf("it holds a JSON %s where the API promises something else", kind)
		}
		return fmt.Errorf("%q is a JSON %s, which is not what the API promises", typed.Field, kind)
	}
	return err
}
