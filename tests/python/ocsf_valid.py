"""Validates OCSF events against JSON schemas that ocsf-json-schema makes of OCSF 1.8.0, our extension
(schemas/ocsf) merged into it first. Reads {"name":…,"event":…} a line, and prints one JSON object:
how many events there were of each class, and what is wrong with which of them. Knows nothing of the
events but the schemas."""

import json
import pathlib
import sys

import jsonschema
from ocsf_json_schema import OcsfJsonSchema, OcsfJsonSchemaEmbedded, get_ocsf_schema

VERSION = "1.8.0"
ERRORS_SHOWN = 5


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


class Extension:
    """Our extension, in the compiled form in which the package holds OCSF's own schemas."""

    def __init__(self, directory):
        self.about = load(directory / "extension.json")
        self.words = load(directory / "dictionary.json")["attributes"]
        self.profiles = [load(path) for path in sorted(directory.glob("profiles/*.json"))]
        self.objects = [load(path) for path in sorted(directory.glob("objects/*.json"))]
        self.events = [load(path) for path in sorted(directory.glob("events/*/*.json"))]

    def merge_into(self, ocsf):
        for thing in self.objects:
            ocsf["objects"][thing["name"]] = {
                "name": thing["name"],
                "caption": thing["caption"],
                "attributes": self.attributes(ocsf, thing["attributes"]),
            }
        for event in self.events:
            ocsf["classes"][event["name"]] = self.event_class(ocsf, event)
        for profile in self.profiles:
            restricted = {"profiles": [profile["name"]]}
            for event in ocsf["classes"].values():
                event["profiles"] = [*(event.get("profiles") or []), profile["name"]]
                for name, attribute in self.attributes(ocsf, profile["attributes"]).items():
                    event["attributes"][name] = attribute | restricted

    def attributes(self, ocsf, stated):
        """Attributes with their types: from our dictionary, or else from OCSF's."""
        whole = {}
        for name, attribute in stated.items():
            if name == "$include":
                continue
            word = self.words.get(name) or ocsf["dictionary"]["attributes"][name]
            if word["type"] in ocsf["objects"]:
                word = word | {"type": "object_t", "object_type": word["type"]}
            whole[name] = word | attribute
        return whole

    def event_class(self, ocsf, event):
        """The class with all of the base event that belongs to no profile."""
        base = ocsf["classes"][event["extends"]]
        category = ocsf["categories"]["attributes"][event["category"]]
        uid = self.about["uid"] * 100_000 + category["uid"] * 1_000 + event["uid"]
        attributes = {
            name: dict(attribute)
            for name, attribute in base["attributes"].items()
            if not attribute.get("profiles")
        }
        for name, attribute in self.attributes(ocsf, event["attributes"]).items():
            inherited = attributes.get(name, {})
            enum = (inherited.get("enum") or {}) | (attribute.get("enum") or {})
            attributes[name] = inherited | attribute | ({"enum": enum} if enum else {})
        activities = attributes["activity_id"]["enum"]
        attributes["class_uid"]["enum"] = {str(uid): {"caption": event["caption"]}}
        attributes["category_uid"]["enum"] = {str(category["uid"]): category}
        attributes["type_uid"]["enum"] = {
            str(uid * 100 + int(number)): activity for number, activity in activities.items()
        }
        return {
            "name": event["name"],
            "caption": event["caption"],
            "uid": uid,
            "profiles": event["profiles"],
            "attributes": attributes,
        }


class Judge:
    def __init__(self, extension):
        self.ocsf = get_ocsf_schema(VERSION)
        extension.merge_into(self.ocsf)
        self.schema = OcsfJsonSchemaEmbedded(OcsfJsonSchema(self.ocsf))
        self.validators = {}

    def errors(self, event):
        try:
            name = self.schema.lookup_class_name_from_uid(event["class_uid"])
            profiles = event["metadata"].get("profiles", [])
        except (KeyError, ValueError) as error:
            return [f"of no class: {error!r}"]
        event_class = self.ocsf["classes"][name]
        errors = [
            f"metadata.profiles: {name} has no profile {profile}"
            for profile in profiles
            if profile not in event_class["profiles"]
        ]
        key = (name, tuple(profiles))
        if key not in self.validators:
            self.validators[key] = jsonschema.Draft202012Validator(
                self.schema.get_class_schema(name, list(profiles))
            )
        errors += [
            f"{error.json_path}: {error.message[:300]}"
            for error in self.validators[key].iter_errors(event)
        ]
        return errors + list(self.wrong_names(event_class, event, "$"))

    def wrong_names(self, thing, value, path):
        """JSON schemas cannot say that a number and its name belong together; OCSF does."""
        for name, attribute in thing["attributes"].items():
            inner = value.get(name)
            siblings = attribute.get("enum"), value.get(attribute.get("sibling"))
            if None not in (inner, *siblings) and inner != 99 and not isinstance(inner, list):
                caption = siblings[0].get(str(inner), {}).get("caption")
                if caption != siblings[1]:
                    yield f"{path}.{name}: {inner} is {caption!r}, not {siblings[1]!r}"
            if attribute.get("object_type") and inner:
                of = self.ocsf["objects"][attribute["object_type"]]
                items = inner if isinstance(inner, list) else [inner]
                for item in items:
                    if isinstance(item, dict):
                        yield from self.wrong_names(of, item, f"{path}.{name}")


def main(directory):
    judge = Judge(Extension(pathlib.Path(directory)))
    classes, invalid = {}, {}
    for line in sys.stdin:
        one = json.loads(line)
        uid = str(one["event"].get("class_uid"))
        classes[uid] = classes.get(uid, 0) + 1
        errors = judge.errors(one["event"])
        if errors:
            invalid[one["name"]] = errors[:ERRORS_SHOWN]
    json.dump({"classes": classes, "invalid": invalid}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
