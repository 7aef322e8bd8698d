package site

import (
	"fmt"
	"path"
)

// IDs are the names of all posts that will ever exist, oldest first.
func (s *Site) IDs() []string {
	out := make([]string, len(s.posts))
	for i, p := range s.posts {
		out[i] = p.id
	}
	return out
}

// Truth is what a post is, Ham or Spam; a post is named by its id or its address.
// Empty for what is no post. It is for those who are to know; no page tells it.
func (s *Site) Truth(post string) string {
	if i, known := s.byID[path.Base(post)]; known {
		return s.posts[i].truth
	}
	return ""
}

// Page is the page of a post as it is served while it is shown, at the address
// base + "/p/" + id; base is http://host:port.
func (s *Site) Page(base, id string) ([]byte, error) {
	i, known := s.byID[id]
	if !known {
		return nil, fmt.Errorf("demo site: no post %q", id)
	}
	return render("post.html", s.posts[i].view(base))
}
