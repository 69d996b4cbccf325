"""The one list of what the API serves."""

from photo_app.comments.endpoints import router as comments
from photo_app.feed.endpoints import router as feed
from photo_app.follow_requests.endpoints import router as follow_requests
from photo_app.follows.endpoints import router as follows
from photo_app.http.health import router as health
from photo_app.likes.endpoints import router as likes
from photo_app.media.endpoints import router as media
from photo_app.operations.endpoints import router as operations
from photo_app.posts.endpoints import router as posts
from photo_app.restrictions.endpoints import router as restrictions
from photo_app.saves.endpoints import router as saves
from photo_app.sessions.endpoints import router as sessions
from photo_app.users.endpoints import router as users

ROOT_ROUTERS = (health,)
V1_ROUTERS = (
    users,
    sessions,
    follows,
    follow_requests,
    restrictions,
    media,
    posts,
    operations,
    likes,
    comments,
    saves,
    feed,
)
