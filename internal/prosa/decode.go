package prosa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// doJSON sends a request whose response is one JSON value. convert checks the value and converts it to the result; its
// error makes the response unreadable.
func doJSON[Wire, T any](ctx context.Context, c *Client, r *request, convert func(Wire) (T, error)) (T, error) {
	var result T
	r.decode = func(body io.Reader) error {
		var wire Wire
		decoder := json.NewDecoder(body)
		err := decoder.Decode(&wire)
		if err != nil {
			return describeJSONError(err)
		}
		if err := expectEnd(decoder); err != nil {
			return err
		}
		result, err = convert(wire)
		return err
	}
	if err := c.do(ctx, r); err != nil {
		var none T
		return none, err
	}
	return result, nil
}

// doList sends a request whose response is a JSON list. The result is never nil.
func doList[Wire, T any](ctx context.Context, c *Client, r *request, convert func(Wire) (T, error)) ([]T, error) {
	var list []T
	err := doEach(ctx, c, r, func() func(Wire) error {
		list = []T{}
		return func(wire Wire) error {
			element, err := convert(wire)
			list = append(list, element)
			return err
		}
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// doEach sends a request whose response is a JSON list, and decodes one element after another, so that the whole list is
// never in memory. Each attempt calls begin, and passes each element to the function that begin returns.
func doEach[Wire any](ctx context.Context, c *Client, r *request, begin func() func(Wire) error) error {
	r.decode = func(body io.Reader) error {
		each := begin()
		decoder := json.NewDecoder(body)
		if opening, err := decoder.Token(); err != nil {
			return describeJSONError(err)
		} else if opening != json.Delim('[') {
			return errors.New("it is not a JSON list")
		}
		for decoder.More() {
			var element Wire
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
		return expectEnd(decoder)
	}
	return c.do(ctx, r)
}

func expectEnd(decoder *json.Decoder) error {
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
		return errors.New("the JSON is incomplete")
	case errors.As(err, &syntax):
		return errors.New("it is not JSON")
	case errors.As(err, &typed):
		kind, _, _ := strings.Cut(typed.Value, " ") // without the value, as in "number 12"
		if typed.Field == "" {
			return fmt.Errorf("it contains a JSON %s instead of the documented type", kind)
		}
		return fmt.Errorf("%q is a JSON %s, which is not the documented type", typed.Field, kind)
	}
	return err
}
