"""The account that is signed in, read together with its preferences in one query."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User


class AccountBackend(ModelBackend):
    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("preference").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
