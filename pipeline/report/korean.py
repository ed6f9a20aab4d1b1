"""The page's own words in Korean: a dictionary, and the sentences of the first screen with their numbers."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from markupsafe import Markup

from pipeline.base.yaml_files import read_yaml

WORDS = Path(__file__).with_name("korean.yaml")


@cache
def words() -> Mapping[str, str]:
    """Read the dictionary, once."""
    found: dict[str, str] = read_yaml(WORDS)
    return found


def korean(text: str) -> str:
    """Look up a word; one that is not in the dictionary, such as the title of a new family, stays as it is."""
    return words().get(text, text)


def marked(text: str) -> Markup:
    """Mark a word for the switch of languages (language.js), which replaces it by what stands in `data-ko`."""
    found = words().get(text)
    return Markup('<span data-ko="{}">{}</span>').format(found, text) if found else Markup("{}").format(text)


def opening(counts: Mapping[str, int]) -> str:
    """Say what `sections.opening` says of all claims."""
    repeated = f" 이 밖에 {counts['repeated']}개는 그 가운데 하나를 되풀이합니다." if counts["repeated"] else ""
    return (
        f"순환 신경망에 관한 문서 {counts['documents']}편의 주장 {counts['claims']}개입니다.{repeated} 그 가운데 "
        f"{counts['ran']}개를 여기서 실행한 결과와 견주었고, {counts['own']}개는 문서가 쓴 데이터이거나 "
        "문서가 데이터를 밝히지 않은 경우입니다."
    )


SYNTHETIC = (
    "여기서 쓴 도시의 소리는 합성한 것이므로 아무것도 판정하지 않습니다. "
    "`make reproduce ORIGINALS=1`은 실제 소리를 씁니다."
)


def sentence(counts: Mapping[str, int]) -> str:
    """Say what `outcome.sentence` says of a document."""
    parts = [
        f"{how} 판정한 주장 {counts[name]}개 가운데 {counts[f'{name} held']}개가 성립합니다."
        for name, how in (("runs", "실행으로"), ("paper", "문서만 보고"))
        if counts[name]
    ]
    names = {"open": "알 수 없음", "beside": "나란히 보이기만 함", "undone": "실행하지 않았거나 시드가 모자람"}
    left = [f"{what} {counts[name]}개" for name, what in names.items() if counts[name]]
    parts += [f"나머지: {', '.join(left)}."] if left else []
    parts += [f"이 밖에 {counts['repeated']}개는 다른 문서의 주장을 되풀이합니다."] if counts["repeated"] else []
    return " ".join(parts)
