"""Remove logins from text before it is shown, logged or stored."""

import re

_LOGIN = re.compile(r"(?<=://)(?:[^\s/@:'\"]*:[^\s@]*|[^\s/@'\"]+)@(?:[^\s/@'\"]*@)*")
_OPTION = re.compile(r"(?i)\b(password|passwd|pwd|secret|token|sslpassword)=[^\s&'\"]+")


def redact(text: str) -> str:
    """Remove `user:password@` from every URL in a text, and the values of options such as `password=`.

    The result is still a URL. A path with both a colon and an `@` loses more than needed, since a password may contain
    any of these.
    """
    return _OPTION.sub(r"\1=...", _LOGIN.sub("", text))
