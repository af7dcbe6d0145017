use super::super::tests::{Place, came, read_all};

#[test]
fn a_file_that_was_written_over_with_as_many_bytes_is_another_stream() {
    let place = Place::new();
    let mut tail = place.tail();
    place.write("{\"n\":1}\n");
    tail.look().expect("look");
    read_all(&mut tail);
    assert_eq!(place.came(), came("okta/a.ndjson", "{\"n\":1}"));
    place.write("{\"n\":1}\n{\"n\":2}\n");
    tail.look().expect("look");
    place.write("{\"m\":3}\n{\"m\":4}\n");
    read_all(&mut tail);
    assert_eq!(place.came(), []);
    tail.look().expect("look");
    read_all(&mut tail);
    let came = place.came();
    let topics: Vec<&str> = came.iter().map(|(topic, _)| topic.as_str()).collect();
    assert_eq!(topics, ["okta/a.ndjson#2", "okta/a.ndjson#2"]);
}
