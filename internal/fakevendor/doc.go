// Package fakevendor speaks the APIs of model vendors on loopback: chat completions and responses of OpenAI, messages of Anthropic, streamed
// and not. What its model says is decided by a function that is given the conversation.
//
// It is as strict as the vendors where a proxy could spoil a conversation: it refuses a call without its result, a result without its call, an
// id that is used twice and a wrong key. It keeps every request byte for byte, and carries its answers in whatever [Manner] it is told to,
// broken ones among them. It trusts whoever runs it; its bounds keep mistakes of tests small and are no defence.
package fakevendor
