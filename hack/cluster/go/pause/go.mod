module photoplatform.io/hack/pause

go 1.25
