use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn prometheus_answers_are_read_and_written() {
    let text = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{"app":"shop"},"values":[[1.5,"0.25"],[2,"NaN"],[3,"+Inf"],[4,"-Inf"]]}]},"stats":{}}"#;
    let answer: Answer = serde_json::from_str(text).unwrap();
    let series = answer.data.clone().unwrap().into_series();
    assert_eq!(series[0].points[0], (1_500, 0.25));
    assert!(series[0].points[1].1.is_nan() && series[0].points[2].1.is_infinite());
    let written = serde_json::to_value(Answer::success(Data::matrix(series.clone()))).unwrap();
    let values = &written["data"]["result"][0]["values"];
    assert_eq!(*values, json!([[1.5, "0.25"], [2.0, "NaN"], [3.0, "+Inf"], [4.0, "-Inf"]]));
    assert_eq!(written["data"]["resultType"], "matrix");
    let vector = serde_json::to_value(Data::vector(series)).unwrap();
    assert_eq!(vector["result"][0]["value"], json!([4.0, "-Inf"]));

    let scalar: Data = serde_json::from_value(json!({"resultType": "scalar", "result": [1, "2"]})).unwrap();
    assert_eq!(scalar.into_series()[0].points, [(1_000, 2.0)]);
    let bad = json!({"status": "error", "errorType": "bad_data", "error": "1:3: parse error"});
    let bad: Answer = serde_json::from_value(bad).unwrap();
    assert_eq!((bad.status, bad.error_type.as_deref()), (Status::Error, Some("bad_data")));
    assert!(serde_json::from_value::<Sample>(json!([1, "x"])).is_err());
    assert!(serde_json::from_value::<Sample>(json!([1e300, "1"])).is_err());
}

#[test]
fn times_and_durations_are_read_as_prometheus_reads_them() {
    let millis = |text: &str| parse_time(text).map(Timestamp::as_millis);
    assert_eq!(millis("1700000000.5"), Some(1_700_000_000_500));
    assert_eq!(millis("1970-01-01T00:01:00+01:00"), Some(60_000 - 3_600_000));
    for bad in ["", "now", "NaN", "inf", "1e30", "2026-01-01"] {
        assert_eq!(millis(bad), None, "{bad}");
    }
    let millis = |text: &str| parse_duration(text).map(|length| length.as_millis());
    assert_eq!(millis("15s"), Some(15_000));
    assert_eq!(millis("1h30m"), Some(5_400_000));
    assert_eq!(millis("0.25"), Some(250));
    assert_eq!(millis("1w"), Some(604_800_000));
    assert_eq!(millis("1y2d3ms"), Some((365 + 2) * 86_400_000 + 3));
    for bad in ["", "0", "0s", "-5", "NaN", "inf", "1m1h", "1h1h", "s", "1x", "1h 5m", "99999999999y"] {
        assert_eq!(millis(bad), None, "{bad}");
    }
}

proptest! {
    #[test]
    fn reading_parameters_takes_anything(text in any::<String>()) {
        let _ = (parse_time(&text), parse_duration(&text));
    }
}
