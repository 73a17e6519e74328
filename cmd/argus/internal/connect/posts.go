package connect

import "context"

// mostPosts is how many notifications and answers may wait to be sent. More are dropped, as all are while there is no daemon: a
// notification asks for no answer, and a question without one runs out.
const mostPosts = 64

// post is a message of the client that has no answer.
type post struct {
	message
	then func() // done when it was sent or could not be
}

// queue reports whether a message will be sent, after those before it.
func (s *shim) queue(p post) bool {
	if !s.flights.hold(p.message) {
		return false
	}
	select {
	case s.posts <- p:
		return true
	default:
		s.flights.release(p.message)
		return false
	}
}

func (s *shim) sendPosts() {
	for {
		select {
		case p := <-s.posts:
			s.sendPost(p)
		case <-s.life.Done():
			return
		}
	}
}

func (s *shim) sendPost(p post) {
	defer s.flights.release(p.message)
	ctx, cancel := context.WithTimeout(s.life, s.patience)
	defer cancel()
	var in session
	if p.modern == "" {
		in = s.session.present()
	}
	err := s.session.say(ctx, in, p.message)
	if p.then != nil {
		p.then()
	}
	if err == nil && p.method == "notifications/initialized" {
		s.session.ready()
	}
}
