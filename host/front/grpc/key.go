package grpc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"argus/host/fault"
	"argus/host/mediate"
	"argus/kernel"
)

const maxKey = 128 // bytes

// keyed is a request that may carry an idempotency key.
type keyed interface {
	proto.Message
	GetIdempotencyKey() string
}

// requestOf names a request that has a key. Its content is all of it, the method that it is sent to, and the subtree that its credential covers.
func requestOf(ctx context.Context, q keyed) (mediate.Request, error) {
	key := q.GetIdempotencyKey()
	if key == "" {
		return mediate.Request{}, nil
	}
	if len(key) > maxKey {
		return mediate.Request{}, invalid("idempotency_key", errLong)
	}
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(q)
	if err != nil {
		return mediate.Request{}, fault.New(fault.Bug, "encode a request", err)
	}
	method, _ := grpc.Method(ctx)
	sum := sha256.Sum256(append([]byte(method+"\n"+string(grantOf(ctx).Root)+"\n"), content...))
	return mediate.Request{
		AskedBy: principalOf(ctx).Name, Key: key, Content: kernel.Digest("sha256:" + hex.EncodeToString(sum[:])),
	}, nil
}
