import assert from "node:assert/strict";
import { test } from "node:test";
import { isTopicFilter, isTopicName, matchesFilter } from "../../../sync/clients/mqtt-topic.ts";

test("isTopicName() takes plain topics and refuses wildcards, NUL, lone surrogates, the empty and the endless", () => {
  for (const topic of ["a", "a/b", "/a", "a//b", "outrider/car 7/event/été"])
    assert.equal(isTopicName(topic), true, topic);
  for (const topic of ["", "a/+", "#", "a#", "a\0b", "a\uD800", "x".repeat(65_536)])
    assert.equal(isTopicName(topic), false, JSON.stringify(topic.slice(0, 10)));
});

test("isTopicFilter() takes + for a whole level and # at the end only", () => {
  for (const filter of ["a", "+", "#", "a/+/b", "a/#", "+/+", "/+"])
    assert.equal(isTopicFilter(filter), true, filter);
  for (const filter of ["", "a/#/b", "a#", "a+/b", "#/a", "a/b+"])
    assert.equal(isTopicFilter(filter), false, filter);
});

test("matchesFilter() follows the table of MQTT 5 §4.7", () => {
  const rows: [string, string, boolean][] = [
    ["sport/tennis/player1/#", "sport/tennis/player1", true],
    ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
    ["sport/#", "sport", true],
    ["#", "a/b", true],
    ["sport/tennis/+", "sport/tennis/player1", true],
    ["sport/tennis/+", "sport/tennis/player1/ranking", false],
    ["sport/+", "sport", false],
    ["sport/+", "sport/", true],
    ["+/+", "/finance", true],
    ["/+", "/finance", true],
    ["+", "/finance", false],
    ["#", "$SYS/x", false],
    ["+/x", "$SYS/x", false],
    ["$SYS/#", "$SYS/x", true],
    ["a/b", "a/c", false],
    ["a/b/c", "a/b", false],
  ];
  for (const [filter, topic, expected] of rows)
    assert.equal(matchesFilter(filter, topic), expected, `${filter} ${topic}`);
});
